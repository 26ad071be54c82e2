// adapters/answer.d.ts
import type { RequestCredentials } from '../authorization-header.js'
import { type AccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
export type RouteAccess = AccessPolicy | 'public'
export declare function requireDeclaredAccess(route: string, access: unknown): asserts access is RouteAccess
export declare function refusalResponse(error: unknown): Response
export declare function metadataResponse(verifier: TokenVerifier): Response
export declare const jsonType = 'application/json; charset=utf-8'
export declare const methods: readonly ['get', 'post', 'put', 'patch', 'delete']
export type Method = (typeof methods)[number]
export declare function decide(
  verdict: {
    readonly verifier: TokenVerifier
    readonly access: AccessPolicy
    readonly credentials: RequestCredentials
  },
  admitted: (caller: Caller) => void,
  refused: (error: unknown) => void,
): void

// adapters/express.d.ts
import type { IRouter, Request, RequestHandler } from 'express'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { type Method, type RouteAccess } from './answer.js'
export type ProtectedRoutes = Readonly<
  Record<Method, (path: string, access: RouteAccess, ...handlers: RequestHandler[]) => ProtectedRoutes>
>
export declare function protectedRoutes(app: IRouter, verifier: TokenVerifier): ProtectedRoutes
export declare function callerOf(request: Request): Caller

// adapters/fastify.d.ts
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'

declare const callerSlot: unique symbol
declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessPolicy | 'public'
  }
  interface FastifyRequest {
    readonly caller: Caller
    [callerSlot]: Caller | null
  }
}
export declare const entraToken: ((
  fastify: FastifyInstance,
  {
    verifier,
  }: {
    verifier: TokenVerifier
  },
) => Promise<void>) & {
  [x: symbol]:
    | string
    | boolean
    | {
        name: string
        fastify: string
      }
}
export declare function callerOf(request: FastifyRequest): Caller | null

// adapters/h3.d.ts
import type { EventHandler, H3, H3Event } from 'h3'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { type Method, type RouteAccess } from './answer.js'
export type ProtectedRoutes = Readonly<
  Record<Method, (path: string, access: RouteAccess, handler: EventHandler) => ProtectedRoutes>
>
export declare function protectedRoutes(app: H3, verifier: TokenVerifier): ProtectedRoutes
export declare function callerOf(event: H3Event): Caller

// adapters/hono.d.ts
import type { Context, Env, Handler, Hono, Schema } from 'hono'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { type Method, type RouteAccess } from './answer.js'
export type ProtectedRoutes = Readonly<
  Record<Method, (path: string, access: RouteAccess, handler: Handler) => ProtectedRoutes>
>
export declare function protectedRoutes<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
  verifier: TokenVerifier,
): ProtectedRoutes
export declare function callerOf(context: Context): Caller

// adapters/node.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
export type ProtectedHandler = (request: IncomingMessage, response: ServerResponse, caller: Caller) => void
export declare function protect(
  verifier: TokenVerifier,
  access: AccessPolicy,
  handler: ProtectedHandler,
): (request: IncomingMessage, response: ServerResponse) => void
export declare function protectedResource(
  verifier: TokenVerifier,
): (request: IncomingMessage, response: ServerResponse) => void

// authorities.d.ts
export interface AuthorityHost {
  readonly host: string
  readonly cloudInstance: string | null
  readonly servesEveryTenant: boolean
}
export declare function ciam(name: string): AuthorityHost
export declare function workforce(cloud: keyof typeof clouds): AuthorityHost
declare const clouds: {
  readonly public: {
    readonly host: 'login.microsoftonline.com'
    readonly cloudInstance: 'microsoftonline.com'
  }
  readonly usgov: {
    readonly host: 'login.microsoftonline.us'
    readonly cloudInstance: 'microsoftonline.us'
  }
  readonly china: {
    readonly host: 'login.partner.microsoftonline.cn'
    readonly cloudInstance: 'partner.microsoftonline.cn'
  }
}

// authorization-header.d.ts
export interface RequestCredentials {
  readonly authorization: string | readonly string[] | undefined
  readonly target: string
}
export declare function readRequestToken({ authorization, target }: RequestCredentials): string
export declare function readBearerToken(header: string | readonly string[] | undefined): string
export declare function authorizationValues(rawHeaders: readonly string[]): string[]

// claims-challenge.d.ts
import type { Caller } from './token/caller.js'
export declare function requireAuthenticationContext(
  caller: Caller,
  context: string,
  authorizationEndpoint: string,
): void

// errors.d.ts
export declare abstract class EntraTokenError extends Error {
  #private
  abstract readonly status: 400 | 401 | 403 | 503
  abstract readonly code: EntraTokenErrorCode
  readonly hint: string | undefined
  pointTo(resourceMetadata: string): void
  body(): {
    statusCode: number
    code: string
    error: string
    message: string
  }
  constructor(message: string, { headers, hint, cause }: ErrorParts)
  get headers(): Readonly<Record<string, string>>
  get statusCode(): 400 | 401 | 403 | 503
}
interface ErrorParts {
  headers: Record<string, string>
  hint?: string | undefined
  cause?: unknown
}
export declare class TokenRejected extends EntraTokenError {
  readonly status = 401
  readonly code: TokenFault
  constructor(code: TokenFault, hint?: string)
}
export declare class AccessDenied extends EntraTokenError {
  readonly status = 403
  readonly code: AccessFault
  readonly required: RequiredPermissions
  constructor(code: AccessFault, required?: RequiredPermissions, hint?: string)
}
export declare class MalformedRequest extends EntraTokenError {
  readonly status = 400
  readonly code: RequestFault
  constructor(code: RequestFault)
}
export declare class ClaimsRequired extends EntraTokenError {
  readonly status = 401
  readonly code = 'insufficient_claims'
  readonly claims: string
  constructor(claims: object, authorizationEndpoint: string)
}
export declare class KeysUnavailable extends EntraTokenError {
  readonly status = 503
  readonly code = 'keys_unavailable'
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number, cause: Error)
}
export interface RequiredPermissions {
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
}
export type TokenFault = keyof typeof tokenFaults
export type AccessFault =
  | 'insufficient_permission'
  | 'actor_not_allowed'
  | 'kind_not_allowed'
  | 'stronger_sign_in_needed'
export type RequestFault = keyof typeof requestFaults
export type EntraTokenErrorCode = TokenFault | AccessFault | RequestFault | 'keys_unavailable' | 'insufficient_claims'
declare const tokenFaults: {
  readonly no_token: 'The request carries no bearer token. Send one in the Authorization header.'
  readonly wrong_scheme: 'The Authorization header does not use the Bearer scheme, the only one accepted here.'
  readonly malformed: 'The token is not a well-formed signed access token. Request a new one.'
  readonly unsupported_alg: 'The token is not signed with RS256, the only algorithm accepted here.'
  readonly unknown_key: 'The token is not signed with a key of the tenant this API trusts.'
  readonly key_not_allowed: 'The key that signed the token may not sign for its issuer.'
  readonly bad_signature: 'The signature of the token does not match its content.'
  readonly unsupported_version: 'The token is not an access token of a version accepted here.'
  readonly not_an_access_token: 'The token is not an access token. Send the access token, not the ID token.'
  readonly wrong_issuer: 'The token was not issued by the issuer this API trusts.'
  readonly wrong_tenant: 'The token was not issued for the tenant this API trusts.'
  readonly wrong_audience: 'The token was issued for another API. Request one for this API.'
  readonly expired: 'The token has expired. Request a new one.'
  readonly not_yet_valid: 'The token is not valid yet. Check the clocks of both machines.'
  readonly lifetime_too_long: 'The token is valid for longer than any token this API accepts.'
  readonly contradictory_kind: 'The token claims to belong to an application and to a user at once.'
}
declare const requestFaults: {
  readonly multiple_credentials: 'The request carries more than one set of credentials. Send one Authorization header.'
  readonly malformed_authorization: 'The Authorization header cannot be read. Its form is: Bearer, one space, the token.'
}

// events.d.ts
import type { EntraTokenError, EntraTokenErrorCode } from './errors.js'
import type { Caller } from './token/caller.js'
export declare const channelNames: {
  readonly verified: 'entra-token.verified'
  readonly rejected: 'entra-token.rejected'
  readonly keysRefresh: 'entra-token.keys.refresh'
  readonly keysStale: 'entra-token.keys.stale'
}
export interface VerifiedEvent {
  readonly caller: Caller
  readonly cached: boolean
}
export interface RejectedEvent {
  readonly status: number
  readonly code: EntraTokenErrorCode
  readonly message: string
  readonly hint: string | undefined
}
export type KeysRefreshEvent =
  | {
      readonly outcome: 'loaded'
      readonly keyCount: number
      readonly generation: number
      readonly changed: boolean
    }
  | {
      readonly outcome: 'failed'
      readonly reason: string
      readonly failuresInARow: number
    }
export interface KeysStaleEvent {
  readonly ageMilliseconds: number
  readonly usable: boolean
  readonly reason: string
}
export declare function publishVerified(caller: Caller, cached: boolean): void
export declare function publishRejected({ status, code, message, hint }: EntraTokenError): void
export declare function publishKeysRefresh(event: KeysRefreshEvent): void
export declare function publishKeysStale(event: KeysStaleEvent): void

// index.d.ts
export type { AuthorityHost } from './authorities.js'
export { ciam, workforce } from './authorities.js'
export type { RequestCredentials } from './authorization-header.js'
export { requireAuthenticationContext } from './claims-challenge.js'
export type { AccessFault, EntraTokenErrorCode, RequestFault, RequiredPermissions, TokenFault } from './errors.js'
export {
  AccessDenied,
  ClaimsRequired,
  EntraTokenError,
  KeysUnavailable,
  MalformedRequest,
  TokenRejected,
} from './errors.js'
export type { KeysRefreshEvent, KeysStaleEvent, RejectedEvent, VerifiedEvent } from './events.js'
export { channelNames } from './events.js'
export type { HttpsGet } from './keys/https-get.js'
export type { TokenVersion } from './keys/key-set.js'
export type { KeyHealth } from './keys/key-source.js'
export type { SavedKeys } from './keys/saved-keys.js'
export type { AccessPolicy, Decision, Grant, Permissions } from './permissions.js'
export { anyOf, definePermissions, requireAccess } from './permissions.js'
export type { ProtectedResource } from './protected-resource.js'
export type { TokenVerifierOptions } from './settings.js'
export type { TenantRule } from './tenants.js'
export type { AppCaller, Caller, ClientCredential, UserCaller } from './token/caller.js'
export type { TokenVerifier } from './verifier.js'
export { createTokenVerifier } from './verifier.js'

// keys/discovery.d.ts
import type { HttpsGet } from './https-get.js'
import { type KeySet, type TokenVersion } from './key-set.js'
export interface Authority {
  readonly url: URL
  readonly tenantId: string | null
  readonly versions: readonly TokenVersion[]
  readonly cloudInstance: string | null
  readonly signingKeysOf: string | null
}
export declare function loadKeySet(authority: Authority, get: HttpsGet, signal: AbortSignal): Promise<KeySet>

// keys/https-get.d.ts
export type HttpsGet = (url: URL, signal: AbortSignal) => Promise<Uint8Array>
export declare function createHttpsGet(ca: string | undefined): HttpsGet

// keys/key-set.d.ts
import { type KeyObject } from 'node:crypto'
export type KeySet = ReadonlyMap<string, TrustedKey>
export type TokenVersion = '1.0' | '2.0'
export interface TrustedKey {
  readonly publicKey: KeyObject
  readonly origins: Readonly<Partial<Record<TokenVersion, KeyOrigin>>>
}
export interface KeyOrigin {
  readonly issuer: string
  readonly keyIssuer: string | null
}
export interface KeyDocumentSource {
  readonly version: TokenVersion
  readonly issuer: string
  readonly cloudInstance: string | null
}
export declare function readKeySet(bytes: Uint8Array, source: KeyDocumentSource): KeySet
export declare function mergeKeySets(one: KeySet, other: KeySet): KeySet

// keys/key-source.d.ts
import type { KeySet, TrustedKey } from './key-set.js'
export interface KeyHealth {
  readonly state: 'fresh' | 'stale' | 'unusable'
  readonly keyCount: number
  readonly loadedAt: Date | null
  readonly generation: number
  readonly lastFailure: {
    readonly at: Date
    readonly reason: string
  } | null
}
export interface KeySourceParts {
  readonly load: (signal: AbortSignal) => Promise<KeySet>
  readonly saved?: () => Promise<{
    readonly keys: KeySet
    readonly at: number
  } | null>
  readonly now: () => number
  readonly random: () => number
  readonly after: (milliseconds: number, run: () => void) => () => void
}
export declare class KeySource {
  #private
  constructor(parts: KeySourceParts)
  ready(): Promise<void>
  known(kid: string): TrustedKey | undefined
  usable(): boolean
  get generation(): number
  issuers(): ReadonlySet<string>
  findNow(kid: string): TrustedKey
  find(kid: string): Promise<TrustedKey>
  health(): KeyHealth
  close(): void
}

// keys/saved-keys.d.ts
import type { HttpsGet } from './https-get.js'
export interface SavedKeys {
  readonly savedAt: string
  readonly documents: Readonly<Record<string, string>>
}
export declare function recordDocuments(get: HttpsGet): {
  get: HttpsGet
  documents: Record<string, string>
}
export declare function replayDocuments({ documents }: SavedKeys): HttpsGet

// permissions.d.ts
import { type RequiredPermissions } from './errors.js'
import type { Caller } from './token/caller.js'
export interface Permissions<Scope extends string = string, Role extends string = string> {
  readonly scopes: readonly Scope[]
  readonly roles: readonly Role[]
  readonly app: {
    hasRole(first: Role, ...others: Role[]): Grant
  }
  readonly user: {
    hasScope(first: Scope, ...others: Scope[]): Grant
  }
}
export type Grant =
  | {
      readonly kind: 'app'
      readonly roles: readonly string[]
    }
  | {
      readonly kind: 'user'
      readonly scopes: readonly string[]
    }
export interface AccessPolicy extends RequiredPermissions {
  decide(caller: Caller): Decision
}
export type Decision =
  | {
      readonly allowed: true
    }
  | {
      readonly allowed: false
      readonly required: RequiredPermissions
    }
export declare function definePermissions<const Scope extends string, const Role extends string>(declared: {
  scopes: readonly Scope[]
  roles: readonly Role[]
}): Permissions<Scope, Role>
export declare function anyOf(first: Grant, ...others: Grant[]): AccessPolicy
export declare function requireAccess(policy: AccessPolicy, caller: Caller): void
export declare function isAccessPolicy(value: unknown): value is AccessPolicy
export declare function isPermissions(value: unknown): value is Permissions

// protected-resource.d.ts
export interface ProtectedResource {
  readonly path: string
  readonly url: string
  readonly document: {
    readonly resource: string
    readonly authorization_servers: readonly string[]
    readonly scopes_supported: readonly string[]
    readonly bearer_methods_supported: readonly ['header']
  }
}
export declare function readProtectedResource(value: string | undefined): URL | null
export declare function describeProtectedResource(
  resource: URL,
  {
    issuers,
    audience,
    scopes,
  }: {
    issuers: readonly string[]
    audience: string
    scopes: readonly string[]
  },
): ProtectedResource
export declare function metadataLocation(resource: URL): {
  path: string
  url: string
}

// settings.d.ts
import type { AuthorityHost } from './authorities.js'
import type { Authority } from './keys/discovery.js'
import type { HttpsGet } from './keys/https-get.js'
import type { TokenVersion } from './keys/key-set.js'
import type { SavedKeys } from './keys/saved-keys.js'
import { type Permissions } from './permissions.js'
import { type TenantRule, type Tenants } from './tenants.js'
import type { ClientCredential } from './token/caller.js'
export interface TokenVerifierOptions<Scope extends string = string, Role extends string = string> {
  readonly authority: string | AuthorityHost
  readonly tenantId: TenantRule
  readonly audience: string | readonly string[]
  readonly permissions: Permissions<Scope, Role>
  readonly allowedApps: readonly string[] | null
  readonly clientCredential?: 'any' | 'secret' | 'certificate'
  readonly tokenVersions?: readonly TokenVersion[]
  readonly appTokens?: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
  readonly signingKeysOf?: string
  readonly resource?: string
  readonly cache?:
    | false
    | {
        readonly tokens: number
      }
  readonly ca?: string
  readonly fetchKeys?: HttpsGet
  readonly savedKeys?: SavedKeys
  readonly clockSkewSeconds?: number
  readonly now?: () => number
}
export interface Settings<Scope extends string, Role extends string> {
  readonly authority: Authority
  readonly tenants: Tenants
  readonly versions: ReadonlySet<string>
  readonly audiences: ReadonlySet<string>
  readonly permissions: Permissions<Scope, Role>
  readonly allowedApps: ReadonlySet<string> | null
  readonly acceptedCredentials: ReadonlySet<ClientCredential> | null
  readonly appTokens: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
  readonly resource: URL | null
  readonly cachedTokens: number
  readonly ca: string | undefined
  readonly fetchKeys: HttpsGet | undefined
  readonly savedKeys: SavedKeys | undefined
  readonly clockSkewSeconds: number
  readonly now: () => number
}
export declare function readSettings<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): Settings<Scope, Role>

// tenants.d.ts
export type TenantRule =
  | string
  | readonly string[]
  | {
      readonly any: true
      readonly acknowledge: EveryTenant
    }
type EveryTenant = 'every tenant in the cloud'
export interface Tenants {
  readonly only: string | null
  admits(tenantId: string): boolean
}
export declare const tenantTemplate = '{tenantid}'
export declare function fillTenant(template: string, tenantId: string): string
export declare function readTenantRule(rule: TenantRule): Tenants

// testing/attack-corpus.d.ts
import type { HttpsGet } from '../keys/https-get.js'
import { type TestTenant } from './test-tenant.js'
export interface AttackCase {
  readonly id: string
  readonly title: string
  readonly authorization: readonly string[]
  readonly token: string | null
  readonly expected: {
    readonly status: 200 | 400 | 401 | 403
    readonly code: string | null
  }
  readonly overHttp: boolean
}
export interface ProviderCase {
  readonly id: string
  readonly title: string
  readonly fetchKeys: HttpsGet
  readonly expected: {
    readonly status: 200 | 401 | 503
    readonly code: string | null
  }
}
export declare function attackCorpus(tenant: TestTenant): readonly AttackCase[]
export declare function providerCorpus(tenant: TestTenant): readonly ProviderCase[]

// testing/index.d.ts
export type { AttackCase, ProviderCase } from './attack-corpus.js'
export { attackCorpus, providerCorpus } from './attack-corpus.js'
export type { ClaimChanges, TestTenant, TestTenantOptions, TokenPart } from './test-tenant.js'
export { createTestTenant } from './test-tenant.js'

// testing/test-tenant.d.ts
import { type KeyObject } from 'node:crypto'
import type { HttpsGet } from '../keys/https-get.js'
export interface TestTenant {
  readonly tenantId: string
  readonly issuer: string
  readonly audience: string
  readonly options: {
    readonly authority: string
    readonly tenantId: string
    readonly audience: string
    readonly fetchKeys: HttpsGet
    readonly now: () => number
  }
  now(): number
  app(
    granted?: {
      readonly roles?: readonly string[]
    },
    claims?: ClaimChanges,
  ): string
  user(
    granted?: {
      readonly scopes?: readonly string[]
    },
    claims?: ClaimChanges,
  ): string
  idToken(claims?: ClaimChanges): string
  sign(payload: TokenPart, header?: TokenPart, key?: KeyObject): string
  header(): {
    readonly typ: 'JWT'
    readonly alg: 'RS256'
    readonly kid: string
  }
  keyPair(): {
    readonly publicKey: KeyObject
    readonly privateKey: KeyObject
  }
  documents(): {
    readonly discovery: Record<string, unknown>
    readonly keys: {
      readonly keys: readonly object[]
    }
  }
  rotate(): void
  withdrawOldKeys(): void
  goDown(): void
  comeBack(): void
  slow(milliseconds: number): void
}
export interface TestTenantOptions {
  readonly audience: string
  readonly tenantId?: string
  readonly authority?: string
  readonly now?: () => number
}
export type ClaimChanges = Readonly<Record<string, unknown>>
export type TokenPart = object | string | Uint8Array
export declare function createTestTenant({ audience, tenantId, authority, now }: TestTenantOptions): TestTenant
export declare function newKeyPair(): {
  publicKey: KeyObject
  privateKey: KeyObject
}
export declare function encodePart(part: TokenPart): string
export declare function signInput(input: string, key: KeyObject): string
export declare function publish(kid: string, publicKey: KeyObject, issuer: string): Record<string, unknown>

// token/caller.d.ts
import type { Claims } from './claims.js'
export type Caller<Scope extends string = string, Role extends string = string> =
  | AppCaller<Role>
  | UserCaller<Scope, Role>
export interface AppCaller<Role extends string = string> extends CallerIdentity {
  readonly kind: 'app'
  readonly roles: ReadonlySet<Role>
}
export interface UserCaller<Scope extends string = string, Role extends string = string> extends CallerIdentity {
  readonly kind: 'user'
  readonly scopes: ReadonlySet<Scope>
  readonly roles: ReadonlySet<Role>
  readonly authenticationContexts: ReadonlySet<string>
  readonly answersChallenges: boolean
}
export type ClientCredential = 'public' | 'secret' | 'certificate' | 'unknown'
interface CallerIdentity {
  readonly tenantId: string
  readonly objectId: string
  readonly clientId: string
  readonly clientCredential: ClientCredential
  readonly tokenId?: string
  readonly expiresAt: Date
}
export interface CallerRules<Scope extends string, Role extends string> {
  readonly permissions: {
    readonly scopes: readonly Scope[]
    readonly roles: readonly Role[]
  }
  readonly appTokens: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
}
export declare function toCaller<Scope extends string, Role extends string>(
  claims: Claims,
  { permissions: declared, appTokens }: CallerRules<Scope, Role>,
): Caller<Scope, Role>

// token/claims.d.ts
import type { TrustedKey } from '../keys/key-set.js'
import { type Tenants } from '../tenants.js'
export interface ExpectedClaims {
  readonly tenants: Tenants
  readonly versions: ReadonlySet<string>
  readonly audiences: ReadonlySet<string>
  readonly clockSkewSeconds: number
}
export interface Claims {
  readonly tenantId: string
  readonly objectId: string
  readonly clientId: string
  readonly clientCredential: unknown
  readonly subject: unknown
  readonly tokenId: string | undefined
  readonly notBefore: number
  readonly expires: number
  readonly idtyp: unknown
  readonly authenticationContexts: readonly string[]
  readonly answersChallenges: boolean
  readonly scopes: readonly string[] | null
  readonly roles: readonly string[]
}
export declare function readClaims(
  payload: Uint8Array,
  expected: ExpectedClaims,
  key: TrustedKey,
  nowSeconds: number,
): Claims

// verifier.d.ts
import { type RequestCredentials } from './authorization-header.js'
import { type KeyHealth, KeySource } from './keys/key-source.js'
import { type SavedKeys } from './keys/saved-keys.js'
import { type AccessPolicy } from './permissions.js'
import { type ProtectedResource } from './protected-resource.js'
import { type Settings, type TokenVerifierOptions } from './settings.js'
import { type Caller } from './token/caller.js'
export interface TokenVerifier<Scope extends string = string, Role extends string = string> {
  ready(): Promise<void>
  verify(token: string): Promise<Caller<Scope, Role>>
  verifySync(token: string): Caller<Scope, Role>
  authenticate(header: string | readonly string[] | undefined): Promise<Caller<Scope, Role>>
  admit(access: AccessPolicy, request: RequestCredentials): Caller<Scope, Role> | Promise<Caller<Scope, Role>>
  health(): KeyHealth
  protectedResource(): ProtectedResource | null
  exportKeys(): SavedKeys | null
  close(): void
}
export declare function createTokenVerifier<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): TokenVerifier<Scope, Role>
export declare function createVerifierWithKeys<Scope extends string, Role extends string>(
  settings: Settings<Scope, Role>,
  keys: KeySource,
  exportKeys?: () => SavedKeys | null,
): TokenVerifier<Scope, Role>
