import { isJsonObject, type JsonObject, parseJson } from './outside-text.js'

export interface TokenParts {
  header: JsonObject
  claims: JsonObject
}

export interface ExplainedToken {
  /** An application signed in as itself, a user signed in, or neither can be told. */
  kind: 'app-only' | 'delegated' | 'unknown'
  application: string | null
  objectId: string | null
  tenant: string | null
  audience: string | null
  issuer: string | null
  version: string | null
  roles: string[]
  scopes: string[]
  /** ISO 8601. */
  issued: string | null
  expires: string | null
  /** Seconds until it expires; negative afterwards. */
  secondsLeft: number | null
  remarks: string[]
  header: JsonObject
  claims: JsonObject
}

/** Header and claims of a JWT (RFC 7519), undefined for other text. Proves nothing: the signature is not looked at. */
export function readToken(token: string): TokenParts | undefined {
  const [header, claims, signature, ...more] = token.split('.')
  if (signature === undefined || more.length > 0) return undefined
  const parts = [header, claims].map((part) => parseJson(Buffer.from(part ?? '', 'base64url').toString('utf8')))
  return isJsonObject(parts[0]) && isJsonObject(parts[1]) ? { header: parts[0], claims: parts[1] } : undefined
}

/** What the claims say, and remarks about what an API will make of them. `now` in milliseconds since 1970. */
export function explainToken({ header, claims }: TokenParts, now: number): ExplainedToken {
  const text = (name: string): string | null => {
    const value = claims[name]
    return typeof value === 'string' ? value : null
  }
  const roles = texts(claims['roles'])
  const scopes = (text('scp') ?? '').split(' ').filter((scope) => scope !== '')
  const expires = seconds(claims['exp'])
  const facts = {
    kind: kindOf(claims, scopes),
    application: text('azp') ?? text('appid'),
    objectId: text('oid'),
    tenant: text('tid'),
    audience: text('aud'),
    issuer: text('iss'),
    version: text('ver'),
    roles,
    scopes,
    issued: date(seconds(claims['iat'])),
    expires: date(expires),
    secondsLeft: expires === undefined ? null : Math.round(expires - now / 1000),
  }
  return { ...facts, remarks: remarks.flatMap((remark) => remark(facts, claims, now / 1000) ?? []), header, claims }
}

type Facts = Omit<ExplainedToken, 'remarks' | 'header' | 'claims'>

/** Each tells one thing worth knowing, or undefined. */
const remarks: readonly ((facts: Facts, claims: JsonObject, nowSeconds: number) => string | undefined)[] = [
  () => 'the signature was not checked and the token was sent nowhere',
  ({ kind }, claims) => {
    if (kind === 'app-only')
      return claims['idtyp'] === 'app'
        ? 'idtyp is app: an application signed in as itself'
        : 'it has no scp, so an application signed in as itself'
    if (kind === 'delegated') return 'it has scp: an application acts for a signed-in user'
    return 'neither scp, roles nor idtyp says whether an application or a user signed in'
  },
  ({ kind }, claims) =>
    kind === 'app-only' && claims['idtyp'] === undefined
      ? 'idtyp is missing; add it as an optional claim to the access tokens of the API, which then need not guess'
      : undefined,
  ({ kind, roles }) =>
    kind === 'app-only' && roles.length === 0
      ? 'it has no roles: no app role was assigned, or admin consent is missing; an API will refuse it with 403'
      : undefined,
  ({ kind, roles }) => (kind === 'app-only' && roles.length > 0 ? `app roles: ${roles.join(', ')}` : undefined),
  ({ scopes }) => (scopes.length > 0 ? `delegated scopes: ${scopes.join(', ')}` : undefined),
  ({ version }) =>
    version === '1.0'
      ? 'it is a version 1 token: issuer and audience have other forms; set requestedAccessTokenVersion of the API to 2'
      : undefined,
  ({ audience }) =>
    audience === null ? 'it has no aud, so no API may take it' : `only the API ${audience} may take it`,
  ({ secondsLeft }) => {
    if (secondsLeft === null) return 'it has no exp'
    return secondsLeft <= 0 ? `it expired ${-secondsLeft} s ago` : `it expires in ${secondsLeft} s`
  },
  (_facts, claims, nowSeconds) => {
    const from = seconds(claims['nbf'])
    return from !== undefined && from > nowSeconds
      ? `it is not valid for another ${Math.ceil(from - nowSeconds)} s; check the clock`
      : undefined
  },
]

function kindOf(claims: JsonObject, scopes: readonly string[]): Facts['kind'] {
  if (claims['idtyp'] === 'app') return 'app-only'
  if (scopes.length > 0 || claims['idtyp'] === 'user') return 'delegated'
  return Array.isArray(claims['roles']) || (claims['oid'] !== undefined && claims['oid'] === claims['sub'])
    ? 'app-only'
    : 'unknown'
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function seconds(value: unknown): number | undefined {
  // Up to the year 9999, beyond which a date has no ISO form of four digits.
  return typeof value === 'number' && value >= 0 && value < 253_402_300_800 ? value : undefined
}

function date(value: number | undefined): string | null {
  return value === undefined ? null : new Date(value * 1000).toISOString()
}
