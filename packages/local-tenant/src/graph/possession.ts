import type { Directory } from '../directory/directory.js'
import { isSignatureAlgorithm, isSignedWith, readJws, signerOf } from '../signing/jws.js'
import { GraphRefusal } from './errors.js'

/** Azure AD Graph, the predecessor of Microsoft Graph, is whom a proof is made out to (graph docs: application-rollkey-prooftoken). */
const audience = '00000002-0000-0000-c000-000000000000'
const maxSeconds = 600
const skew = 300

/**
 * Throws GraphRefusal unless `proof` is a JWT that one of the application's valid certificates signed for this purpose, made
 * out for ten minutes at most.
 */
export function checkProof(proof: string, applicationId: string, directory: Directory, now: Date): void {
  const jws = readJws(proof)
  const algorithm = jws?.header['alg']
  const signer = jws && signerOf(jws)
  if (jws === undefined || signer === undefined || !isSignatureAlgorithm(algorithm)) throw refusedProof()
  const key = directory.keyCredentials.find(applicationId, signer)
  if (key?.state !== 'valid' || !isSignedWith(jws, algorithm, key.publicKey())) throw refusedProof()
  const { aud, iss, nbf, exp } = jws.claims
  if (aud !== audience || iss !== applicationId || !isTimely(nbf, exp, now.getTime() / 1000)) throw refusedProof()
}

function isTimely(nbf: unknown, exp: unknown, seconds: number): boolean {
  if (typeof nbf !== 'number' || typeof exp !== 'number' || exp > nbf + maxSeconds) return false
  return nbf <= seconds + skew && exp > seconds - skew
}

/** As recorded: the service says no more about a proof it does not accept. */
const refusedProof = () =>
  new GraphRefusal(401, 'Authentication_MissingOrMalformed', 'Access Token missing or malformed.')
