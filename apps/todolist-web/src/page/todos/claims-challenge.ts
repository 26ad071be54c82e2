/**
 * The claims that an API asks a token to have, as JSON, out of a WWW-Authenticate header with error="insufficient_claims"
 * (identity-platform/claims-challenge); undefined where it asks for none, or in a way that cannot be read.
 */
export function readClaimsChallenge(header: string | null): string | undefined {
  if (header === null || !/\berror="?insufficient_claims"?/.test(header)) return undefined
  const encoded = /\bclaims="([A-Za-z0-9+/=_-]{1,8192})"/.exec(header)?.[1]
  if (encoded === undefined) return undefined
  try {
    const bytes = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}
