import { isJsonObject, type JsonObject } from '../https/json.js'

/** An application as Graph shows it, reduced to what a declaration can speak about. */
export interface FoundApplication {
  readonly objectId: string
  readonly appId: string
  readonly uniqueName: string | null
  readonly displayName: string
  readonly signInAudience: string | undefined
  readonly identifierUris: readonly string[]
  readonly accessTokenVersion: number | undefined
  readonly appRoles: readonly AppRole[]
  readonly scopes: readonly PermissionScope[]
  readonly accessTokenClaims: readonly OptionalClaim[]
  /** Optional claims of the other token kinds, as they came. */
  readonly otherOptionalClaims: JsonObject
  readonly requiredResourceAccess: readonly RequiredResourceAccess[]
  readonly passwords: readonly PasswordCredential[]
  readonly keys: readonly KeyCredential[]
  readonly redirectUris: RedirectUris
  readonly preAuthorized: readonly PreAuthorizedApplication[]
}

export interface RedirectUris {
  readonly web: readonly string[]
  readonly spa: readonly string[]
  readonly publicClient: readonly string[]
}

export interface PreAuthorizedApplication {
  readonly appId: string
  readonly delegatedPermissionIds: readonly string[]
}

export interface AppRole {
  readonly id: string
  readonly value: string | null
  readonly displayName: string | null
  readonly description: string | null
  readonly allowedMemberTypes: readonly string[]
  readonly isEnabled: boolean
}

export interface PermissionScope {
  readonly id: string
  readonly value: string | null
  readonly type: string | null
  readonly adminConsentDisplayName: string | null
  readonly adminConsentDescription: string | null
  readonly userConsentDisplayName: string | null
  readonly userConsentDescription: string | null
  readonly isEnabled: boolean
}

export interface OptionalClaim {
  readonly name: string
  readonly source: string | null
  readonly essential: boolean
  readonly additionalProperties: readonly string[]
}

export interface RequiredResourceAccess {
  readonly resourceAppId: string
  readonly resourceAccess: readonly { readonly id: string; readonly type: string }[]
}

export interface PasswordCredential {
  readonly keyId: string
  readonly displayName: string | null
  readonly endDateTime: string
}

/** A certificate, without its bytes. */
export type KeyCredential = PasswordCredential

export interface FederatedCredential {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly description: string | null
  readonly audiences: readonly string[]
}

/** Delegated permissions of one client on one API that were consented to. */
export interface DelegatedGrant {
  readonly id: string
  readonly clientId: string
  readonly resourceId: string
  /** `AllPrincipals` or `Principal`. */
  readonly consentType: string
  readonly scopes: readonly string[]
}

export interface AppRoleAssignment {
  readonly id: string
  readonly appRoleId: string
  readonly principalId: string
}

/** Graph answered with a success whose body is not what it documents. */
export class UnexpectedAnswer extends Error {
  constructor(what: string) {
    super(`Microsoft Graph answered without ${what}. Check that the base URL is that of Microsoft Graph v1.0.`)
    this.name = 'UnexpectedAnswer'
  }
}

export function readApplication(answer: unknown): FoundApplication {
  const application = readObject(answer, 'an application')
  const api = optionalObject(application['api'])
  const { accessToken, ...otherOptionalClaims } = optionalObject(application['optionalClaims'])
  return {
    objectId: readText(application, 'id'),
    appId: readText(application, 'appId'),
    uniqueName: optionalText(application, 'uniqueName'),
    displayName: readText(application, 'displayName'),
    signInAudience: optionalText(application, 'signInAudience') ?? undefined,
    identifierUris: readTexts(application['identifierUris']),
    accessTokenVersion:
      typeof api['requestedAccessTokenVersion'] === 'number' ? api['requestedAccessTokenVersion'] : undefined,
    appRoles: readList(application['appRoles'], readAppRole),
    scopes: readList(api['oauth2PermissionScopes'], readScope),
    accessTokenClaims: readList(accessToken, readOptionalClaim),
    otherOptionalClaims,
    requiredResourceAccess: readList(application['requiredResourceAccess'], readRequiredResourceAccess),
    passwords: readList(application['passwordCredentials'], readCredential),
    keys: readList(application['keyCredentials'], readCredential),
    redirectUris: {
      web: readTexts(optionalObject(application['web'])['redirectUris']),
      spa: readTexts(optionalObject(application['spa'])['redirectUris']),
      publicClient: readTexts(optionalObject(application['publicClient'])['redirectUris']),
    },
    preAuthorized: readList(api['preAuthorizedApplications'], (client) => ({
      appId: readText(client, 'appId'),
      delegatedPermissionIds: readTexts(client['delegatedPermissionIds']),
    })),
  }
}

export function readFederatedCredential(answer: unknown): FederatedCredential {
  const credential = readObject(answer, 'a federated identity credential')
  return {
    id: readText(credential, 'id'),
    name: readText(credential, 'name'),
    issuer: readText(credential, 'issuer'),
    subject: readText(credential, 'subject'),
    description: optionalText(credential, 'description'),
    audiences: readTexts(credential['audiences']),
  }
}

export function readDelegatedGrant(answer: unknown): DelegatedGrant {
  const grant = readObject(answer, 'a delegated permission grant')
  return {
    id: readText(grant, 'id'),
    clientId: readText(grant, 'clientId'),
    resourceId: readText(grant, 'resourceId'),
    consentType: readText(grant, 'consentType'),
    scopes: (optionalText(grant, 'scope') ?? '').split(' ').filter((scope) => scope !== ''),
  }
}

/** The certificates of an application with their bytes, as they came: Graph replaces the collection whole. */
export function readKeyCredentials(answer: unknown): readonly JsonObject[] {
  return readList(readObject(answer, 'an application')['keyCredentials'], (key) => key)
}

export function readServicePrincipalId(answer: unknown): string {
  return readText(readObject(answer, 'a service principal'), 'id')
}

export function readAssignment(answer: unknown): AppRoleAssignment {
  const assignment = readObject(answer, 'an app role assignment')
  return {
    id: readText(assignment, 'id'),
    appRoleId: readText(assignment, 'appRoleId'),
    principalId: readText(assignment, 'principalId'),
  }
}

/** The one answer that shows the value of a secret. */
export function readNewPassword(answer: unknown): { keyId: string; value: string; endDateTime: string } {
  const password = readObject(answer, 'a password credential')
  return {
    keyId: readText(password, 'keyId'),
    value: readText(password, 'secretText'),
    endDateTime: readText(password, 'endDateTime'),
  }
}

function readAppRole(role: JsonObject): AppRole {
  return {
    id: readText(role, 'id'),
    value: optionalText(role, 'value'),
    displayName: optionalText(role, 'displayName'),
    description: optionalText(role, 'description'),
    allowedMemberTypes: readTexts(role['allowedMemberTypes']),
    isEnabled: role['isEnabled'] === true,
  }
}

function readScope(scope: JsonObject): PermissionScope {
  return {
    id: readText(scope, 'id'),
    value: optionalText(scope, 'value'),
    type: optionalText(scope, 'type'),
    adminConsentDisplayName: optionalText(scope, 'adminConsentDisplayName'),
    adminConsentDescription: optionalText(scope, 'adminConsentDescription'),
    userConsentDisplayName: optionalText(scope, 'userConsentDisplayName'),
    userConsentDescription: optionalText(scope, 'userConsentDescription'),
    isEnabled: scope['isEnabled'] === true,
  }
}

function readOptionalClaim(claim: JsonObject): OptionalClaim {
  return {
    name: readText(claim, 'name'),
    source: optionalText(claim, 'source'),
    essential: claim['essential'] === true,
    additionalProperties: readTexts(claim['additionalProperties']),
  }
}

function readRequiredResourceAccess(required: JsonObject): RequiredResourceAccess {
  return {
    resourceAppId: readText(required, 'resourceAppId'),
    resourceAccess: readList(required['resourceAccess'], (access) => ({
      id: readText(access, 'id'),
      type: readText(access, 'type'),
    })),
  }
}

function readCredential(password: JsonObject): PasswordCredential {
  return {
    keyId: readText(password, 'keyId'),
    displayName: optionalText(password, 'displayName'),
    endDateTime: readText(password, 'endDateTime'),
  }
}

function readObject(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new UnexpectedAnswer(what)
  return value
}

function optionalObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function readText(object: JsonObject, name: string): string {
  const value = object[name]
  if (typeof value !== 'string' || value === '') throw new UnexpectedAnswer(`the text '${name}'`)
  return value
}

function optionalText(object: JsonObject, name: string): string | null {
  const value = object[name]
  return typeof value === 'string' ? value : null
}

function readList<T>(value: unknown, read: (item: JsonObject) => T): readonly T[] {
  return Array.isArray(value) ? value.map((item) => read(readObject(item, 'a list of objects'))) : []
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
