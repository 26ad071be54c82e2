/** What the claims of Entra's tokens say (identity-platform/access-token-claims-reference, id-token-claims-reference). */
const described: Readonly<Record<string, string>> = {
  _claim_names: 'The user is in more groups than a token holds: _claim_sources says where to ask for them.',
  _claim_sources: 'Where to ask Microsoft Graph for what does not fit into the token.',
  acct: 'Account status: 0 for a member of the tenant, 1 for a guest.',
  aio: 'Internal to the service. Do not use it.',
  appid: 'The application that asked for the token (version 1 tokens).',
  appidacr:
    'How the application proved itself: 0 not at all, 1 with a secret, 2 with a certificate (version 1 tokens).',
  aud: 'The API that the token is for. An API has to refuse every other audience.',
  azp: 'The application that asked for the token.',
  azpacr: 'How the application proved itself: 0 not at all, 1 with a secret, 2 with a certificate.',
  exp: 'The first second in which the token is no longer good.',
  groups: 'Object IDs of the groups that the user is in.',
  hasgroups: 'The user is in groups that do not fit into a URL: ask Microsoft Graph for them.',
  iat: 'When the token was issued.',
  idp: 'Who proved the identity, where it is another one than the issuer.',
  idtyp: 'app in a token of an application without a user; there only when the optional claim is set.',
  iss: 'Who issued the token. It has to be the tenant that the API trusts.',
  name: 'A name to show. Not for decisions: it can change and repeat.',
  nbf: 'Before this second the token is not good yet.',
  nonce: 'What the client sent with its request, against replay.',
  oid: 'Object ID in the tenant: of the user, or of the service principal of the application.',
  preferred_username: 'The name the user signs in by. Not for decisions: it can change.',
  rh: 'Internal to the service. Do not use it.',
  roles:
    'App roles. In a token without a user these are the application permissions that an administrator consented to.',
  scp: 'Delegated permissions: what the application may do for the signed-in user. Never in a token without a user.',
  sub: 'The same user or application for this API alone: good as a key for data.',
  tid: 'The tenant that the token is from.',
  upn: 'The name the user signs in by. Not for decisions: it can change.',
  uti: 'The identifier of this token, as jti elsewhere. It is in the sign-in logs.',
  ver: 'The version of the token, which the API sets with requestedAccessTokenVersion in its manifest.',
  wids: 'Directory roles by which the user administers the tenant, by their template IDs.',
  xms_ftd: 'Internal to the service. Do not use it.',
}

const times = new Set(['exp', 'iat', 'nbf', 'auth_time'])

export interface ClaimRow {
  readonly name: string
  readonly value: string
  readonly meaning: string
}

export interface Inspected {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: readonly ClaimRow[]
  /** What the token is, in a sentence. */
  readonly summary: string
  readonly expires: Date | null
}

/** Takes a token apart without asking anybody. Undefined for what is no JWT. Not checked: signature, time, issuer. */
export function inspect(token: string): Inspected | undefined {
  const [head = '', payload = '', ...rest] = token
    .trim()
    .replace(/^Bearer\s+/i, '')
    .split('.')
  const header = decode(head)
  const claims = decode(payload)
  if (header === undefined || claims === undefined || rest.length !== 1) return undefined
  const exp = claims['exp']
  return {
    header,
    claims: Object.entries(claims).map(([name, value]) => row(name, value)),
    summary: summaryOf(claims),
    expires: typeof exp === 'number' ? new Date(exp * 1_000) : null,
  }
}

/** Attributes of the tenant's own. */
function ofExtension(name: string): string | undefined {
  if (!name.startsWith('extn.')) return undefined
  return `The custom user attribute ${name.slice(5)}, which an optional claim asks for.`
}

function row(name: string, value: unknown): ClaimRow {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const moment = times.has(name) && typeof value === 'number' ? ` · ${new Date(value * 1_000).toISOString()}` : ''
  return {
    name,
    value: text + moment,
    meaning: described[name] ?? ofExtension(name) ?? 'Not a claim that Entra documents.',
  }
}

function summaryOf(claims: Readonly<Record<string, unknown>>): string {
  if (typeof claims['scp'] === 'string')
    return 'An access token of a signed-in user: scp says what the application may do for them.'
  if (Array.isArray(claims['roles']) && claims['roles'].length > 0) {
    return 'An app-only access token: the application acts as itself, with the app roles in roles.'
  }
  if (claims['nonce'] !== undefined || claims['preferred_username'] !== undefined) {
    return 'An ID token: it tells a client who signed in, and no API should accept it.'
  }
  return 'An app-only access token without app roles: grant admin consent to an application permission, and ask for a new one.'
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
