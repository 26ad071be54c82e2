import { isJsonObject, parseJson } from '../outside-text.js'
import type { Answer } from '../transport/transport.js'
import type { TokenAsk, TokenSource } from './token-source.js'

/**
 * Calls an API with the token, and once more with a newer one when the answer asks for it: a claims challenge, a token
 * that is no longer accepted, a missing role. Gives the last answer. Safe for every method: a refused request was not carried out.
 */
export async function callWithToken(
  tokens: Pick<TokenSource, 'accessToken'>,
  call: (token: string) => Promise<Answer>,
): Promise<Answer> {
  const token = await tokens.accessToken()
  const answer = await call(token)
  const ask = renewalFor(answer)
  if (!ask) return answer
  const newer = await tokens.accessToken(ask)
  return newer === token ? answer : call(newer)
}

/** What token the answer of an API asks for; undefined when another token would not help. */
function renewalFor({ status, headers, text }: Answer): TokenAsk | undefined {
  const challenge = headers['www-authenticate'] ?? ''
  if (status === 401) {
    const claims = claimsIn(challenge)
    return claims === undefined ? { renew: true } : { claims }
  }
  return status === 403 && namesMissingRole(text) ? { renew: true } : undefined
}

// learn.microsoft.com/entra/identity-platform/claims-challenge: error="insufficient_claims", claims="<base64 of JSON>".
function claimsIn(challenge: string): string | undefined {
  if (!/\berror="?insufficient_claims\b/.test(challenge)) return undefined
  const encoded = /\bclaims="([\w+/=-]{1,8192})"/.exec(challenge)?.[1]
  const claims = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
  return claims !== undefined && isJsonObject(parseJson(claims)) ? claims : undefined
}

function namesMissingRole(text: string): boolean {
  const problem = parseJson(text)
  return isJsonObject(problem) && Array.isArray(problem['requiredRoles'])
}
