import { createHash } from 'node:crypto'
import { isJsonObject, parseJson } from '../outside-text.js'
import { type Credential, Unusable } from './credential.js'
import type { Material } from './credential-source.js'
import { type MaterialReader, nameOf } from './material.js'

/**
 * The token of another identity provider as a client assertion (RFC 7523), read anew for each token request because whoever
 * issues it replaces it often. Throws `Unusable` for one that is no JWT or has expired. The signature is the tenant's affair.
 */
export async function loadFederatedToken(material: Material, reader: MaterialReader, now: number): Promise<Credential> {
  const assertion = (await reader.read(material)).toString('latin1').trim()
  return assertionCredential('federated token file', nameOf(material), assertion, now)
}

/** A credential out of any assertion that somebody else signed. */
export function assertionCredential(
  kind: 'federated token file' | 'managed identity',
  name: string,
  assertion: string,
  now: number,
): Credential {
  const [, claims, signature, ...rest] = assertion.split('.')
  const body = parseJson(Buffer.from(claims ?? '', 'base64url').toString())
  if (!signature || rest.length > 0 || !isJsonObject(body)) throw new Unusable('configuration', `${name} holds no JWT`)
  const exp = body['exp']
  const expiresAt = typeof exp === 'number' ? exp * 1000 : undefined
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new Unusable('authentication', `the token of ${name} has expired at ${new Date(expiresAt).toISOString()}`)
  }
  return {
    kind,
    label: `${kind}: ${name}`,
    fingerprint: createHash('sha256').update(assertion).digest('hex'),
    forMsal: { clientAssertion: assertion },
    expiresAt,
  }
}
