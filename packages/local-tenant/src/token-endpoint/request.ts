import type { IncomingHttpHeaders } from 'node:http'
import { nonEmpty, required } from '../authorization/form.js'
import { refusal } from '../errors/aadsts.js'

/** A token request, read once: afterwards nobody sees the raw form. */
export interface TokenRequest {
  readonly grantType: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** A JWT by which the client proves itself (RFC 7523 §2.2), as it was sent. */
  readonly clientAssertion: string | undefined
  readonly scope: string | undefined
  /** The v1.0 endpoint's way to name what v2.0 names in `scope`. */
  readonly resource: string | undefined
  /** What grants on behalf of a user read besides; undefined for an application's own. */
  readonly user: UserParameters | undefined
  /** The client library, where the form names it. */
  readonly sku: string | undefined
  readonly version: string | undefined
}

export interface UserParameters {
  readonly code: string | undefined
  readonly codeVerifier: string | undefined
  readonly redirectUri: string | undefined
  readonly refreshToken: string | undefined
  readonly deviceCode: string | undefined
  /** A user's token, by which the client that it is for asks for another one. */
  readonly assertion: string | undefined
  readonly requestedTokenUse: string | undefined
  /** As in the request. */
  readonly scope: string | undefined
  /** Where a page in a browser is from, by the browser's word. */
  readonly origin: string | undefined
  /** Whether the client wants to be told of the account in `client_info`. */
  readonly clientInfo: boolean
}

/** Reads and checks the shape of a request to the token endpoint (RFC 6749 §3.2, §2.3.1). Throws EntraError. */
export function readTokenRequest(form: URLSearchParams, headers: IncomingHttpHeaders): TokenRequest {
  const basic = readBasic(headers.authorization)
  const grantType = required(form, 'grant_type')
  const clientId = nonEmpty(basic?.id) ?? required(form, 'client_id')
  const clientAssertion = readAssertion(form)
  // RFC 6749 §2.3: a client may not use more than one way to prove itself.
  const ways = [basic !== undefined, form.has('client_secret'), clientAssertion !== undefined]
  if (ways.filter(Boolean).length > 1 || (basic !== undefined && differs(form.get('client_id'), clientId))) {
    throw refusal('malformedRequest', {})
  }
  return {
    grantType,
    clientId,
    clientSecret: nonEmpty(basic?.secret ?? form.get('client_secret')),
    clientAssertion,
    scope: nonEmpty(form.get('scope')?.trim()),
    resource: nonEmpty(form.get('resource')?.trim()),
    user: grantType === 'client_credentials' ? undefined : readUserParameters(form, headers.origin),
    sku: nonEmpty(form.get('x-client-SKU')),
    version: nonEmpty(form.get('x-client-VER')),
  }
}

function readUserParameters(form: URLSearchParams, origin: string | undefined): UserParameters {
  const value = (name: string) => nonEmpty(form.get(name))
  return {
    code: value('code'),
    codeVerifier: value('code_verifier'),
    redirectUri: value('redirect_uri'),
    refreshToken: value('refresh_token'),
    deviceCode: value('device_code'),
    assertion: value('assertion'),
    requestedTokenUse: value('requested_token_use'),
    scope: value('scope'),
    origin,
    clientInfo: form.get('client_info') === '1',
  }
}

/** HTTP Basic as RFC 6749 §2.3.1 has it: each half is form-encoded before the two are joined. */
function readBasic(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) {
    if (header === undefined) return undefined
    throw refusal('malformedRequest', {})
  }
  const [id, secret] = splitAtColon(Buffer.from(encoded, 'base64').toString('utf8'))
  return { id: formDecode(id), secret: formDecode(secret) }
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function readAssertion(form: URLSearchParams): string | undefined {
  const assertion = nonEmpty(form.get('client_assertion'))
  if (assertion === undefined) return undefined
  if (required(form, 'client_assertion_type') !== jwtBearer) throw refusal('malformedRequest', {})
  return assertion
}

function splitAtColon(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 0) throw refusal('malformedRequest', {})
  return [text.slice(0, at), text.slice(at + 1)]
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refusal('malformedRequest', {})
  }
}

function differs(inForm: string | null, clientId: string): boolean {
  return inForm !== null && inForm.toLowerCase() !== clientId.toLowerCase()
}
