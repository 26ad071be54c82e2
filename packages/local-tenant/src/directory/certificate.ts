import { createHash, type KeyObject, X509Certificate } from 'node:crypto'

/** What the directory needs to know of a certificate. Nobody validates its chain: that it was registered is what makes it good. */
export interface Certificate {
  readonly der: Uint8Array
  readonly publicKey: KeyObject
  /** One line: `CN=daemon, O=Contoso`. */
  readonly subject: string
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
  /** Thumbprints, base64url: the forms of `x5t` and `x5t#S256` (RFC 7515 §4.1.7, §4.1.8). */
  readonly sha1: string
  readonly sha256: string
}

/** Reads DER or PEM; undefined for what is no certificate, or one whose key cannot verify client assertions. */
export function readCertificate(bytes: Uint8Array): Certificate | undefined {
  try {
    const certificate = new X509Certificate(bytes)
    if (!canVerify(certificate.publicKey)) return undefined
    const der = certificate.raw
    return {
      der,
      publicKey: certificate.publicKey,
      subject: certificate.subject.replaceAll('\n', ', '),
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      sha1: createHash('sha1').update(der).digest('base64url'),
      sha256: createHash('sha256').update(der).digest('base64url'),
    }
  } catch {
    return undefined
  }
}

/** Whether a key may verify what others sign: RSA, 2048 bits or more, and not so many that each signature keeps the tenant busy. */
export function canVerify({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return asymmetricKeyType === 'rsa' && bits >= 2_048 && bits <= 8_192
}
