import { randomBytes, randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import { newServicePrincipal, type ServicePrincipal } from '../directory/service-principals.js'
import { isGuid } from '../guid.js'
import type { KeyRing } from '../signing/key-ring.js'
import { type JwtHeader, signJwt } from '../signing/sign.js'
import { issueAccessToken, prepareAppToken, type TokenTimes } from '../tokens/access-token.js'
import { ControlRefusal } from './refusal.js'

/** A way in which a token is not to be accepted. */
export type Broken = keyof typeof breakages

export interface TokenRequest {
  /** The client's appId; one that is not registered makes a token of a client that never existed. */
  readonly client: string
  /** The API's appId or identifier URI, registered or not. */
  readonly resource: string
  /** What stands in `roles`; the roles granted in the directory unless given. */
  readonly roles?: readonly string[]
  /** What the API is registered for unless given; 2 for one that is not registered. */
  readonly version?: 1 | 2
  /** Claims to set, over all others and over what `broken` does; undefined takes a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly broken?: Broken
}

export interface Tokens {
  /** A token of this tenant for an application, as the token endpoint on localhost would issue it. Throws ControlRefusal. */
  issue(request: TokenRequest): Promise<string>
}

export interface TokensContext {
  readonly directory: Directory
  readonly keys: KeyRing
  readonly times: TokenTimes
  readonly issuer: { readonly v1: string; readonly v2: string }
  now(): Date
}

type Claims = Readonly<Record<string, unknown>>

interface Unsigned {
  readonly header: JwtHeader
  readonly claims: Claims
}

type Breakage = (token: Unsigned, now: number) => Unsigned

const change = (claims: (claims: Claims, now: number) => Claims): Breakage => {
  return (token, now) => ({ ...token, claims: { ...token.claims, ...claims(token.claims, now) } })
}

/** What is wrong with each token. Everything that is not mentioned stays right, so that one check alone refuses it. */
const breakages = {
  expired: change((_claims, now) => ({ iat: now - 7_200, nbf: now - 7_200, exp: now - 3_600 })),
  'not-yet-valid': change((_claims, now) => ({ nbf: now + 3_600, exp: now + 7_200 })),
  'wrong-audience': change(({ aud }) => ({ aud: isGuid(aud) ? randomUUID() : `api://${randomUUID()}` })),
  'wrong-issuer': change(({ iss, tid }) => ({ iss: String(iss).replaceAll(String(tid), randomUUID()) })),
  'wrong-signature': (token: Unsigned) => token,
  'unknown-kid': ({ header, claims }: Unsigned) => {
    const kid = randomBytes(20).toString('base64url')
    return { header: { ...header, kid, ...(header['x5t'] === undefined ? {} : { x5t: kid }) }, claims }
  },
  'no-exp': change(() => ({ exp: undefined })),
  'alg-none': ({ header, claims }: Unsigned) => ({ header: { ...header, alg: 'none' }, claims }),
  'id-token': ({ header, claims }: Unsigned) => ({ header, claims: asIdToken(claims) }),
} satisfies Record<string, Breakage>

export const breakageNames = Object.keys(breakages).filter(isBroken)

function isBroken(name: string): name is Broken {
  return Object.hasOwn(breakages, name)
}

/** Made for the client itself, about a person: what an API gets from a client that sends the wrong one of its tokens. */
function asIdToken({ iss, iat, nbf, exp, tid, rh, uti, azp, appid }: Claims): Claims {
  const [aud, oid] = [azp ?? appid, randomUUID()]
  const sub = randomBytes(32).toString('base64url')
  const person = { name: 'Alex Weber', preferred_username: 'alex@example.com' }
  return { aud, iss, iat, nbf, exp, ...person, oid, rh, sub, tid, uti, ver: '2.0' }
}

export function createTokens({ directory, keys, times, issuer, now }: TokensContext): Tokens {
  return {
    async issue({ client: clientId, resource: resourceName, roles: wanted, version, claims = {}, broken }) {
      const client = clientOf(clientId, directory)
      const named = resourceOf(resourceName, directory)
      const resource = version === undefined ? named : { ...named, accessTokenVersion: version }
      const roles = wanted ?? directory.assignments.roleValues(client, resource)
      const { tenantId } = directory.organization
      const request = { client, resource, resourceName, roles, credential: '1', tenantId, issuer } as const
      const { accessToken } = await issueAccessToken(prepareAppToken(request), keys.current(), now(), times)
      if (broken === undefined && Object.keys(claims).length === 0) return accessToken
      const good = readToken(accessToken)
      const seconds = Math.floor(now().getTime() / 1_000)
      const bad = broken === undefined ? good : breakages[broken](good, seconds)
      return sign({ header: bad.header, claims: { ...bad.claims, ...claims } }, keys, broken)
    },
  }
}

function readToken(token: string): Unsigned {
  const [head = '', payload = ''] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as JwtHeader
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims
  return { header, claims }
}

async function sign({ header, claims }: Unsigned, keys: KeyRing, broken: Broken | undefined): Promise<string> {
  const token = await signJwt(header, claims, keys.current())
  const signatureAt = token.lastIndexOf('.') + 1
  if (broken === 'alg-none') return token.slice(0, signatureAt)
  if (broken !== 'wrong-signature') return token
  const signature = Buffer.from(token.slice(signatureAt), 'base64url')
  signature[0] = (signature[0] ?? 0) ^ 1
  return token.slice(0, signatureAt) + signature.toString('base64url')
}

function clientOf(appId: string, { servicePrincipals }: Directory): ServicePrincipal {
  if (!isGuid(appId)) {
    throw new ControlRefusal('unknown_client', 'The client has to be an appId, which is a GUID, registered or made up.')
  }
  return servicePrincipals.find({ appId }) ?? madeUp(appId.toLowerCase(), [])
}

function resourceOf(name: string, { servicePrincipals }: Directory): ServicePrincipal {
  if (name === '') throw new ControlRefusal('unknown_resource', 'The resource has to be an appId or an identifier URI.')
  return servicePrincipals.findByName(name) ?? madeUp(isGuid(name) ? name.toLowerCase() : randomUUID(), [name])
}

function madeUp(appId: string, servicePrincipalNames: readonly string[]): ServicePrincipal {
  return {
    ...newServicePrincipal,
    objectId: randomUUID(),
    appId,
    created: new Date(0).toISOString(),
    displayName: appId,
    appDisplayName: appId,
    servicePrincipalNames,
    appRoles: [],
    oauth2PermissionScopes: [],
    replyUrls: [],
    optionalClaims: null,
    groupMembershipClaims: null,
    accessTokenVersion: 2,
    ownedHere: false,
  }
}
