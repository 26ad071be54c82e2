// reflect-metadata first: the X.509 library does not load without it.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509'
import type { StoredCertificate } from './secrets.js'

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
}

/** A self-signed certificate for signing in, and its key. Takes a good part of a second: making an RSA key is slow. */
export async function makeCertificate(
  name: string,
  now: Date,
  lifetimeDays: number,
): Promise<Pick<StoredCertificate, 'certificate' | 'privateKey' | 'endDateTime'>> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  // X.509 counts whole seconds.
  const start = Math.floor(now.getTime() / 1000) * 1000
  const notAfter = new Date(start + lifetimeDays * 24 * 60 * 60 * 1000)
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name.slice(0, 64)] }],
      notBefore: new Date(start),
      notAfter,
      keys,
      signingAlgorithm: algorithm,
    },
    webcrypto,
  )
  const privateKey = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { certificate: certificate.toString('pem'), privateKey, endDateTime: notAfter.toISOString() }
}
