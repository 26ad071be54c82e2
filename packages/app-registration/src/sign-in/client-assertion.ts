import { constants, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto'

export interface ClientCertificate {
  /** PEM. */
  readonly certificate: string
  /** PEM of its RSA key. */
  readonly privateKey: string
}

const LIFETIME_SECONDS = 300

/**
 * A JWT by which a client proves that it has the certificate's key (RFC 7523 section 3), in the form that Microsoft asks
 * for: PS256 and the SHA-256 thumbprint in the header (identity-platform/certificate-credentials).
 */
export function clientAssertion(
  clientId: string,
  { certificate, privateKey }: ClientCertificate,
  audience: string,
  nowMs: number,
): string {
  const now = Math.floor(nowMs / 1000)
  const thumbprint = Buffer.from(new X509Certificate(certificate).fingerprint256.replaceAll(':', ''), 'hex')
  const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint.toString('base64url') }
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: now,
    iat: now,
    exp: now + LIFETIME_SECONDS,
  }
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const key = createPrivateKey(privateKey)
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...padding }).toString('base64url')}`
}
