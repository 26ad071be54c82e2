interface KeySet {
  readonly keys: readonly (JsonWebKey & { readonly kid: string })[]
}

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** Whether the tenant signed the token, in words; the token itself goes nowhere. Throws what fetch throws. */
export async function signatureOf(token: string, kid: unknown, tenantId: string): Promise<string> {
  const answer = await fetch(`/${tenantId}/discovery/v2.0/keys`)
  const { keys } = (await answer.json()) as KeySet
  const key = keys.find((candidate) => candidate.kid === kid)
  if (key === undefined) return 'None of the keys that this tenant publishes signed it.'
  const [head = '', payload = '', signature = ''] = token
    .trim()
    .replace(/^Bearer\s+/i, '')
    .split('.')
  const { kty = 'RSA', n = '', e = '' } = key
  const publicKey = await crypto.subtle.importKey('jwk', { kty, n, e }, algorithm, false, ['verify'])
  const signed = new TextEncoder().encode(`${head}.${payload}`)
  const good = await crypto.subtle.verify(algorithm, publicKey, bytesOf(signature), signed)
  return good ? 'Signed by this tenant.' : 'The signature is wrong: the token was changed, or is not of this tenant.'
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
}
