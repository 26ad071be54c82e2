import { readDelegatedScope } from '../authorization/delegated-scope.js'
import { nonEmpty } from '../authorization/form.js'
import type { Directory } from '../directory/directory.js'
import { refusal } from '../errors/aadsts.js'
import type { CodeContent } from '../tokens/authorization-codes.js'
import type { Addressee } from './addressee.js'

/** What a client wants to have when it sends a browser here. */
export interface AuthorizationRequest {
  readonly wants: { readonly code: boolean; readonly idToken: boolean; readonly token: boolean }
  readonly scope: string
  readonly nonce: string | undefined
  readonly challenge: CodeContent['challenge']
  readonly prompt: Prompt | undefined
  readonly loginHint: string | undefined
  readonly clientInfo: boolean
}

const prompts = ['login', 'none', 'consent', 'select_account', 'create'] as const
type Prompt = (typeof prompts)[number]

const responseTypes: readonly string[] = ['code', 'id_token', 'code id_token', 'id_token token']

/**
 * Reads an authorization request (identity-platform/v2-oauth2-auth-code-flow, v2-protocols-oidc). `domain_hint` is accepted and
 * means nothing: users here come from this tenant alone. Throws EntraError.
 */
export function readAuthorizationRequest(
  parameters: URLSearchParams,
  addressee: Addressee,
  directory: Directory,
  tenantAsRequested: string,
): AuthorizationRequest {
  const value = (name: string) => nonEmpty(parameters.get(name)?.trim())
  const wants = readResponseType(value('response_type'), addressee)
  checkMode(value('response_mode'), value('response_type') ?? '', addressee)
  const scope = value('scope')
  if (scope === undefined) throw refusal('missingParameter', { parameter: 'scope' })
  const { openid } = readDelegatedScope(scope, directory, tenantAsRequested)
  const nonce = value('nonce')
  if (wants.idToken && !openid.has('openid')) throw refusal('unsupportedResponseType', { responseType: 'id_token' })
  if (wants.idToken && nonce === undefined) throw refusal('missingParameter', { parameter: 'nonce' })
  return {
    wants,
    scope,
    nonce,
    challenge: wants.code
      ? readChallenge(value('code_challenge'), value('code_challenge_method'), addressee)
      : undefined,
    prompt: readPrompt(value('prompt')),
    loginHint: value('login_hint'),
    clientInfo: parameters.get('client_info') === '1',
  }
}

function readResponseType(type: string | undefined, { application }: Addressee): AuthorizationRequest['wants'] {
  if (type === undefined) throw refusal('missingParameter', { parameter: 'response_type' })
  const words = type.split(/ +/)
  if (!responseTypes.includes(words.toSorted().join(' '))) {
    throw refusal('unsupportedResponseType', { responseType: type })
  }
  const wants = { code: words.includes('code'), idToken: words.includes('id_token'), token: words.includes('token') }
  const { enableIdTokenIssuance, enableAccessTokenIssuance } = application.web.implicitGrantSettings
  if (wants.idToken && !enableIdTokenIssuance) throw refusal('responseTypeNotEnabled', { responseType: 'id_token' })
  if (wants.token && !enableAccessTokenIssuance) throw refusal('responseTypeNotEnabled', { responseType: 'token' })
  return wants
}

function checkMode(responseMode: string | undefined, responseType: string, addressee: Addressee): void {
  if (responseMode === undefined || responseMode === addressee.responseMode) return
  throw refusal('unsupportedResponseMode', { responseMode, responseType })
}

/** RFC 7636 §4.3. Pages in browsers have to send a challenge (identity-platform/v2-oauth2-auth-code-flow). */
function readChallenge(
  challenge: string | undefined,
  method = 'plain',
  { clientKind }: Addressee,
): CodeContent['challenge'] {
  if (challenge === undefined && clientKind !== 'spa') return undefined
  if (challenge === undefined || (method !== 'S256' && method !== 'plain')) throw refusal('challengeInvalid', {})
  if (challenge.length < 43 || challenge.length > 128) throw refusal('challengeSize', {})
  return { method, value: challenge }
}

function readPrompt(text: string | undefined): Prompt | undefined {
  if (text === undefined) return undefined
  const prompt = prompts.find((known) => known === text)
  if (prompt === undefined) throw refusal('malformedRequest', {})
  return prompt
}
