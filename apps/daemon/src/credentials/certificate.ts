import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Credential, Unusable } from './credential.js'
import type { CredentialSource } from './credential-source.js'
import { type MaterialReader, nameOf } from './material.js'

type CertificateSource = Extract<CredentialSource, { kind: 'certificate' }>

/**
 * Reads certificate and private key: PEM in one or two files (PKCS #1, PKCS #8, encrypted or not), PKCS #12, each also in
 * base64, or in one line with `\n`. Proves that the two match, that the key is RSA of at least 2048 bits and that the
 * certificate is valid now, and computes the thumbprint. Of a key with a thumbprint and no certificate nothing but the
 * key can be checked. Throws `Unusable`. Does not check who signed the certificate: Entra does not either.
 */
export async function loadCertificate(
  source: CertificateSource,
  { read }: MaterialReader,
  now: number,
): Promise<Credential> {
  const password = source.password && (await read(source.password)).toString().trim()
  const bundle = await bundleOf(source, { read }, password)
  const key = rsaKey(bundle, password)
  const forMsalKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const certificate = bundle.certificates.length > 0 ? matching(bundle, key) : undefined
  if (!certificate) return byThumbprint(source, bundle.name, forMsalKey)
  const expiresAt = validNow(certificate, bundle.name, now)
  checkDeclared(source.thumbprint, certificate, bundle.name)
  const thumbprintSha256 = plainHex(certificate.fingerprint256)
  return {
    kind: 'certificate',
    label: `certificate ${thumbprintSha256.slice(0, 16)}… from ${bundle.name}`,
    fingerprint: thumbprintSha256,
    forMsal: { clientCertificate: { thumbprintSha256, privateKey: forMsalKey } },
    expiresAt,
  }
}

interface Bundle {
  /** What it came from, for people. */
  name: string
  privateKey: string
  certificates: readonly X509Certificate[]
}

async function bundleOf(
  { certificate, privateKey }: CertificateSource,
  { read }: MaterialReader,
  password: string | undefined,
): Promise<Bundle> {
  const material = certificate ?? privateKey
  if (!material) throw new Unusable('configuration', 'there is neither certificate nor key')
  const name = nameOf(material)
  const pem = await pemOf(await read(material), name, password)
  const keyPem = certificate && privateKey ? await pemOf(await read(privateKey), nameOf(privateKey), password) : pem
  const key = /-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(keyPem)
  if (!key) {
    const next = privateKey ? '' : '; name the file of the key with CERT_PRIVATE_KEY_FILE'
    throw new Unusable('configuration', `${privateKey ? nameOf(privateKey) : name} holds no private key${next}`)
  }
  return { name, privateKey: key[0], certificates: certificatesIn(pem, name) }
}

/** The PEM text of whatever form the material has. */
async function pemOf(content: Buffer, name: string, password: string | undefined): Promise<string> {
  const text = content.toString('latin1')
  if (text.includes('-----BEGIN ')) return text.replaceAll('\\n', '\n')
  const binary = isDer(content) ? content : Buffer.from(text, 'base64')
  if (binary.toString('latin1').includes('-----BEGIN ')) return binary.toString('latin1')
  if (!isDer(binary)) throw new Unusable('configuration', `${name} is neither PEM nor PKCS #12 (.pfx)`)
  // Loaded late: the reader of PKCS #12 is larger than everything else here.
  const { readPfx } = await import('./pfx.js')
  return readPfx(binary, name, password)
}

// An ASN.1 sequence with a length of two or more bytes (X.690 section 8.1.3).
function isDer(content: Buffer): boolean {
  return content[0] === 0x30 && (content[1] ?? 0) >= 0x82 && (content[1] ?? 0) <= 0x84
}

function certificatesIn(pem: string, name: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new Unusable('configuration', `${name} holds a damaged certificate`)
  }
}

function rsaKey({ privateKey, name }: Bundle, password: string | undefined): KeyObject {
  const isEncrypted = /BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(privateKey)
  if (isEncrypted && password === undefined) {
    throw new Unusable(
      'configuration',
      `the private key of ${name} is encrypted; set CERT_PASSWORD_FILE or CERT_PASSWORD`,
    )
  }
  const key = openKey(privateKey, name, isEncrypted ? password : undefined)
  if (key.asymmetricKeyType !== 'rsa') {
    throw new Unusable('configuration', `the private key of ${name} is not RSA, and MSAL signs with RSA only`)
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < 2048)
    throw new Unusable('configuration', `the RSA key of ${name} has ${bits} bits; Entra wants at least 2048`)
  return key
}

function openKey(key: string, name: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) })
  } catch {
    const why = passphrase === undefined ? 'is damaged' : 'does not open with the password of CERT_PASSWORD'
    throw new Unusable('configuration', `the private key of ${name} ${why}`)
  }
}

/** The certificate of the key; others in the bundle are those of its issuers. */
function matching({ certificates, name }: Bundle, key: KeyObject): X509Certificate {
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key))
  if (own) return own
  throw new Unusable('configuration', `certificate and private key of ${name} do not belong together`)
}

function validNow({ validFrom, validTo }: X509Certificate, name: string, now: number): number {
  const expiresAt = Date.parse(validTo)
  if (expiresAt <= now) throw new Unusable('authentication', `the certificate of ${name} has expired (${validTo})`)
  if (Date.parse(validFrom) > now) {
    throw new Unusable('authentication', `the certificate of ${name} is not valid yet (from ${validFrom})`)
  }
  return expiresAt
}

function checkDeclared(declared: string | undefined, certificate: X509Certificate, name: string): void {
  const wanted = declared === undefined ? '' : plainHex(declared)
  const own = [certificate.fingerprint256, certificate.fingerprint].map(plainHex)
  if (wanted === '' || own.includes(wanted)) return
  throw new Unusable('configuration', `CERT_THUMBPRINT is not that of the certificate of ${name}, which is ${own[0]}`)
}

/** The sample's form. The length tells SHA-256 from the SHA-1 of older portals. */
function byThumbprint({ thumbprint }: CertificateSource, name: string, privateKey: string): Credential {
  const hex = plainHex(thumbprint ?? '')
  if (!/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(hex)) {
    const why = hex === '' ? 'is missing' : 'is neither 40 nor 64 hexadecimal digits'
    throw new Unusable(
      'configuration',
      `${name} holds no certificate, and CERT_THUMBPRINT ${why}; name one with CERT_FILE`,
    )
  }
  const named = hex.length === 64 ? { thumbprintSha256: hex } : { thumbprint: hex }
  return {
    kind: 'certificate',
    label: `certificate ${hex.slice(0, 16)}… with the key from ${name}`,
    fingerprint: createHash('sha256').update(hex).update(privateKey).digest('hex'),
    forMsal: { clientCertificate: { ...named, privateKey } },
    expiresAt: undefined,
  }
}

function plainHex(text: string): string {
  return text.replace(/[\s:]/g, '').toUpperCase()
}
