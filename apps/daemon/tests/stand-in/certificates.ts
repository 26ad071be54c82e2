import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

export interface TestCertificate {
  key: KeyObject
  keyPem: string
  certificatePem: string
}

const dayMs = 24 * 60 * 60 * 1000

/** A self-signed certificate with a key of its own; by default RSA 2048, valid from a day before `now` for a year. */
export function makeCertificate(
  now: number,
  {
    bits = 2048,
    fromDays = -1,
    toDays = 365,
    key = generateKeyPairSync('rsa', { modulusLength: bits }).privateKey,
  } = {},
): TestCertificate {
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const forgeKey = forge.pki.privateKeyFromPem(keyPem)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.rsa.setPublicKey(forgeKey.n, forgeKey.e)
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(now + fromDays * dayMs)
  certificate.validity.notAfter = new Date(now + toDays * dayMs)
  const name = [{ name: 'commonName', value: 'daemon of the tests' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(forgeKey, forge.md.sha256.create())
  return { key, keyPem, certificatePem: forge.pki.certificateToPem(certificate) }
}

/** PKCS #12 as OpenSSL 3 writes it by default: AES-256. */
export function makePfx({ keyPem, certificatePem }: TestCertificate, password: string): Buffer {
  const key = forge.pki.privateKeyFromPem(keyPem)
  const certificate = forge.pki.certificateFromPem(certificatePem)
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, certificate, password, { algorithm: 'aes256', count: 2048 })
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary')
}
