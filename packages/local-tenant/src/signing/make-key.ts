import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'

/** Name and validity as on the keys that Microsoft publishes; nobody validates this certificate's chain. */
const subject = 'CN=accounts.accesscontrol.windows.net'
const validYears = 5

const rsa2048 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}

/** A fresh RSA-2048 pair and its self-signed certificate, both DER. */
export async function makeSigningKey(
  now: Date,
): Promise<{ kid: string; privateKey: Uint8Array; certificate: Uint8Array }> {
  const keys = await webcrypto.subtle.generateKey(rsa2048, true, ['sign', 'verify'])
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + validYears)
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { name: subject, notBefore: now, notAfter, signingAlgorithm: rsa2048, keys },
    webcrypto,
  )
  const der = new Uint8Array(certificate.rawData)
  return {
    kid: createHash('sha1').update(der).digest('base64url'),
    privateKey: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    certificate: der,
  }
}
