import { X509Certificate } from 'node:crypto'
import type {
  DesiredApplication,
  DesiredCertificate,
  DesiredPermission,
  DesiredRedirectUris,
  DesiredSecret,
  DesiredState,
} from './desired-state.js'
import { idOf } from './permission-id.js'

/** Something in a declaration that contradicts the rest, or that Graph refuses. */
export interface Problem {
  /** Where: member names and places in lists, from the top. */
  readonly path: readonly (string | number)[]
  readonly words: string
}

/** The declaration contradicts itself or asks for what Graph refuses. Nothing was called. */
export class DesiredStateError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The declared applications cannot be registered:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'DesiredStateError'
    this.problems = problems
  }
}

/** Throws a DesiredStateError that names every problem. Does not look at types: the compiler has done that. */
export function checkDesiredState(desired: DesiredState): void {
  const problems = problemsOf(desired)
  if (problems.length > 0) throw new DesiredStateError(problems.map(({ words }) => words))
}

/** Every problem, with its place. */
export function problemsOf({ applications }: DesiredState): readonly Problem[] {
  const names = applications.map(({ uniqueName }) => uniqueName)
  const byName = new Map(applications.map((application) => [application.uniqueName, application]))
  return [
    ...repeated(names).map((name) => ({
      path: ['applications', names.lastIndexOf(name), 'uniqueName'],
      words: `application ${name} is declared twice`,
    })),
    ...applications.flatMap((application, index) =>
      membersOf(application, byName).flatMap(([member, problems]) =>
        problems.map((problem) => ({
          path: ['applications', index, member],
          words: `application ${application.uniqueName}: ${problem}`,
        })),
      ),
    ),
  ]
}

/** The problems of one application, by the member that has them. */
function membersOf(
  application: DesiredApplication,
  byName: ReadonlyMap<string, DesiredApplication>,
): [keyof DesiredApplication, string[]][] {
  const { uniqueName, appId, displayName, optionalAccessTokenClaims = [], secret, certificate } = application
  const { redirectUris = {}, identifierUri } = application
  return [
    ['uniqueName', isName(uniqueName) ? [] : ['its uniqueName must have 1 to 256 characters on one line']],
    ['appId', appId === undefined || isGuid(appId) ? [] : [`its appId must be a GUID in small letters`]],
    ['displayName', isName(displayName) ? [] : ['its displayName must have 1 to 256 characters on one line']],
    ['identifierUri', identifierUri === undefined ? [] : identifierUriProblems(identifierUri)],
    [(application.appRoles ?? []).length > 0 ? 'appRoles' : 'delegatedScopes', permissionValueProblems(application)],
    [
      'optionalAccessTokenClaims',
      repeated(optionalAccessTokenClaims).map((claim) => `optional claim ${claim} is named twice`),
    ],
    ['redirectUris', redirectUriProblems(redirectUris)],
    ['secret', secret === undefined ? [] : lifetimeProblems('secret', secret)],
    ['certificate', certificate === undefined ? [] : certificateProblems(certificate)],
    ['federatedCredentials', federationProblems(application)],
    ['permissions', permissionProblems(application, byName)],
    ['preAuthorizedApplications', preAuthorizationProblems(application, byName)],
  ]
}

// Microsoft Graph, resource type appRole, property value.
const PERMISSION_VALUE = /^(?!\.)[!#-[\]-~]{1,120}$/

function permissionValueProblems(application: DesiredApplication): string[] {
  const { appRoles = [], delegatedScopes = [] } = application
  const values = [...appRoles, ...delegatedScopes].map(({ value }) => value)
  const ids = [...new Set(values)].map((value) => idOf(application, value))
  return [
    ...values
      .filter((value) => !PERMISSION_VALUE.test(value))
      .map(
        (value) =>
          `role or scope '${value}' must have 1 to 120 characters of ASCII without space, " and \\, and not begin with a dot`,
      ),
    ...repeated(values).map((value) => `the value '${value}' is used by more than one role or scope`),
    ...repeated(ids).map((id) => `the id ${id} is used by more than one role or scope`),
    ...appRoles
      .filter(({ allowedMemberTypes }) => allowedMemberTypes.length === 0)
      .map(({ value }) => `app role ${value} allows no kind of member`),
  ]
}

function identifierUriProblems(uri: string): string[] {
  if (uri === 'appId' || (/^(api|https):\/\/[!-~]{1,247}$/.test(uri) && URL.canParse(uri))) return []
  return ['its identifierUri must be appId, or a URI that begins with api:// or https://']
}

function federationProblems({ federatedCredentials = [] }: DesiredApplication): string[] {
  return [
    ...repeated(federatedCredentials.map(({ name }) => name)).map(
      (name) => `federated credential ${name} is named twice`,
    ),
    ...repeated(federatedCredentials.map(({ issuer, subject }) => `${subject} of ${issuer}`)).map(
      (both) => `two federated credentials are for ${both}`,
    ),
    // 20: Microsoft Graph, resource type federatedIdentityCredential.
    ...(federatedCredentials.length <= 20 ? [] : ['it has more than 20 federated credentials']),
  ]
}

function redirectUriProblems({ web = [], spa = [], publicClient = [] }: DesiredRedirectUris): string[] {
  const all = [...web, ...spa, ...publicClient]
  return [
    ...repeated(all).map((uri) => `the redirect URI ${uri} is listed twice`),
    ...all.filter((uri) => !URL.canParse(uri)).map((uri) => `the redirect URI ${uri} is not absolute`),
    ...[...web, ...spa]
      .filter((uri) => URL.canParse(uri) && !isSecureOrLocal(new URL(uri)))
      .map((uri) => `the redirect URI ${uri} must be https; http is for localhost only`),
  ]
}

function isSecureOrLocal({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
}

function certificateProblems(certificate: DesiredCertificate): string[] {
  if (!('pem' in certificate)) return lifetimeProblems('certificate', certificate)
  const { displayName, pem } = certificate
  return [
    ...(isName(displayName) ? [] : ["its certificate's displayName must have 1 to 256 characters on one line"]),
    ...(pem.includes('PRIVATE KEY') ? ['its certificate comes with a private key, which has to stay where it is'] : []),
    ...(isCertificate(pem) ? [] : ['its certificate is not a readable PEM certificate']),
  ]
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function lifetimeProblems(
  kind: 'secret' | 'certificate',
  { displayName, lifetimeDays, renewBeforeDays }: DesiredSecret,
): string[] {
  return [
    ...(isName(displayName) ? [] : [`its ${kind}'s displayName must have 1 to 256 characters on one line`]),
    // The portal allows no more than 24 months.
    ...(lifetimeDays > 0 && lifetimeDays <= 730 ? [] : [`its ${kind} must live between 0 and 730 days`]),
    // Otherwise every run would find the secret it just made too old.
    ...(renewBeforeDays >= 0 && renewBeforeDays < lifetimeDays
      ? []
      : [`its ${kind} must be renewed a number of days before its end that is shorter than its lifetime`]),
  ]
}

function permissionProblems(
  { permissions = [] }: DesiredApplication,
  byName: ReadonlyMap<string, DesiredApplication>,
): string[] {
  return [
    ...repeated(permissions.map(({ application }) => application)).map(
      (name) => `it lists the permissions of ${name} twice`,
    ),
    ...permissions.flatMap((permission) => {
      const api = byName.get(permission.application)
      if (api === undefined) return [`it asks for permissions of ${permission.application}, which is not declared`]
      return oneApiProblems(permission, api)
    }),
  ]
}

function preAuthorizationProblems(api: DesiredApplication, byName: ReadonlyMap<string, DesiredApplication>): string[] {
  const { preAuthorizedApplications: clients = [] } = api
  return [
    ...repeated(clients.map(({ application }) => application)).map((name) => `it pre-authorizes ${name} twice`),
    ...clients.flatMap(({ application, delegatedScopes }) => [
      ...(byName.has(application) ? [] : [`it pre-authorizes ${application}, which is not declared`]),
      ...(delegatedScopes.length > 0 ? [] : [`it pre-authorizes ${application} for nothing`]),
      ...repeated(delegatedScopes).map((value) => `it pre-authorizes ${application} twice for ${value}`),
      ...delegatedScopes
        .filter((value) => !offersScope(api, value))
        .map((value) => `it pre-authorizes ${application} for ${value}, which it does not declare`),
    ]),
  ]
}

function oneApiProblems({ appRoles = [], delegatedScopes = [] }: DesiredPermission, api: DesiredApplication): string[] {
  return [
    ...repeated([...appRoles, ...delegatedScopes]).map((value) => `it asks twice for ${value} of ${api.uniqueName}`),
    ...appRoles
      .filter((value) => !offers(api, value))
      .map(
        (value) => `it asks for ${value}, but ${api.uniqueName} declares no app role of that value for applications`,
      ),
    ...delegatedScopes
      .filter((value) => !offersScope(api, value))
      .map((value) => `it asks for ${value}, but ${api.uniqueName} declares no delegated scope of that value`),
  ]
}

function offersScope({ delegatedScopes = [] }: DesiredApplication, value: string): boolean {
  return delegatedScopes.some((scope) => scope.value === value)
}

function offers({ appRoles = [] }: DesiredApplication, value: string): boolean {
  return appRoles.some((role) => role.value === value && role.allowedMemberTypes.includes('Application'))
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

function isName(text: string): boolean {
  return /^[^\p{Cc}]{1,256}$/u.test(text)
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
