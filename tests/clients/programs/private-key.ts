import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import type { CertificateProof } from '../proof.js'

const algorithms: Readonly<Record<string, webcrypto.RsaHashedImportParams>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
}

/**
 * The key with which a client signs its assertions by `algorithm` (RFC 7518 §3.1), named by its certificate's SHA-1 thumbprint:
 * these clients know nothing of x5t. Throws for an algorithm that is not RS256 or PS256.
 */
export async function privateKeyOf({ pem }: CertificateProof, algorithm = '') {
  const parameters = algorithms[algorithm]
  if (parameters === undefined) throw new Error(`${algorithm} is none of ${Object.keys(algorithms).join(', ')}`)
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, parameters, false, ['sign'])
  return { key, kid: new X509Certificate(pem).fingerprint.replaceAll(':', '') }
}
