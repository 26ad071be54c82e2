import { isDeepStrictEqual } from 'node:util'
import {
  type AppIdOf,
  compareBasics,
  compareIdentifierUris,
  comparePreAuthorization,
  compareRequirements,
  type Difference,
  disableLeaving,
  nothing,
  type Others,
  together,
} from './application-difference.js'
import { compareCertificate, compareSecret } from './credential-difference.js'
import type {
  DesiredApplication,
  DesiredCertificate,
  DesiredFederatedCredential,
  DesiredSecret,
  DesiredState,
} from './desired-state.js'
import type { FederatedCredential } from './graph/directory-objects.js'
import type { JsonObject } from './https/json.js'
import type { Observation, Observed } from './observe.js'
import { idOf } from './permission-id.js'
import type { StoredCertificate, StoredSecret } from './secrets.js'

/** One write to Graph, with the changes it makes in words. `subject` is the uniqueName of the application. */
export type Step = { readonly subject: string; readonly sentences: readonly string[] } & Action

export type Action =
  | { readonly kind: 'create application' | 'update application'; readonly body: (appIdOf: AppIdOf) => JsonObject }
  | { readonly kind: 'create service principal' }
  | { readonly kind: 'grant'; readonly api: string; readonly appRoleId: string }
  | { readonly kind: 'revoke'; readonly api: string; readonly assignmentId: string }
  | {
      readonly kind: 'consent'
      readonly api: string
      readonly scopes: readonly string[]
      readonly grantId: string | null
    }
  | { readonly kind: 'withdraw consent'; readonly grantId: string }
  | { readonly kind: 'set federated credential'; readonly credential: DesiredFederatedCredential }
  | { readonly kind: 'remove federated credential'; readonly id: string }
  | { readonly kind: 'create secret'; readonly secret: DesiredSecret }
  | { readonly kind: 'remove secret'; readonly keyId: string }
  | {
      readonly kind: 'change certificates'
      readonly certificate: DesiredCertificate
      readonly add: 'new' | 'store' | 'declaration' | null
      readonly remove: readonly string[]
    }

/** What the stores hold, by uniqueName. */
export interface Stored {
  readonly secrets: ReadonlyMap<string, StoredSecret>
  readonly certificates: ReadonlyMap<string, StoredCertificate>
}

/**
 * The writes that lead from what was observed to what is desired, in an order in which each can succeed: rights are
 * taken away before roles, applications exist before what refers to them, secrets come last. Each leaves a state from
 * which a later run goes on. Reads and calls nothing.
 */
export function stepsTowards(
  { applications }: DesiredState,
  observation: Observation,
  stored: Stored,
  now: Date,
): readonly Step[] {
  const known = new Map([...observation].map(([uniqueName, { application }]) => [uniqueName, application.appId]))
  const appIdOf: AppIdOf = (uniqueName) => known.get(uniqueName)
  const declared = declarations(applications)
  const appIds = new Set(known.values())
  const isDeclared = (appId: string): boolean => appIds.has(appId)
  return [
    ...applications.flatMap((api) => revocations(api, applications, observation, declared)),
    ...applications.flatMap((client) => withdrawals(client, applications, observation)),
    ...applicationSteps(applications, observation, { appIdOf, declared, isDeclared }),
    ...applications.flatMap((wanted) => servicePrincipalSteps(wanted, observation.get(wanted.uniqueName))),
    ...applications.flatMap((client) => grants(client, observation, declared)),
    ...applications.flatMap((client) => consents(client, observation)),
    ...applications.flatMap((wanted) => federationSteps(wanted, observation.get(wanted.uniqueName))),
    ...applications.flatMap((wanted) => {
      const observed = observation.get(wanted.uniqueName)
      return [
        ...secretSteps(wanted, observed, stored.secrets.get(wanted.uniqueName), now),
        ...certificateSteps(wanted, observed, stored.certificates.get(wanted.uniqueName), now),
      ]
    }),
  ]
}

function declarations(applications: readonly DesiredApplication[]): Others['declared'] {
  const byName = new Map(applications.map((application) => [application.uniqueName, application]))
  return (uniqueName) => {
    const application = byName.get(uniqueName)
    if (application === undefined) throw new Error(`${uniqueName} is referred to and not declared`)
    return application
  }
}

function applicationSteps(
  applications: readonly DesiredApplication[],
  observation: Observation,
  others: Others,
): Step[] {
  const existing = new Set(observation.keys())
  const early: Step[] = []
  const late: Step[] = []
  for (const wanted of applications) {
    const found = observation.get(wanted.uniqueName)?.application
    const basics = compareBasics(wanted, found ?? nothing, others)
    const uris = compareIdentifierUris(wanted, found ?? nothing, others)
    const requirements = compareRequirements(wanted, found ?? nothing, others)
    // An application that asks for the permissions of one declared after it, or of itself, does so in a second request.
    const preAuthorization = comparePreAuthorization(wanted, found ?? nothing, others)
    const ready = (wanted.permissions ?? []).every(({ application }) => existing.has(application))
    const first = ready ? [basics, requirements] : [basics]
    if (found === undefined) {
      early.push(...step(wanted, 'create application', first), ...step(wanted, 'update application', [uris]))
    } else {
      early.push(...step(wanted, 'update application', [disableLeaving(wanted, found)]))
      early.push(...step(wanted, 'update application', [...first, uris]))
    }
    if (!ready) late.push(...step(wanted, 'update application', [requirements]))
    late.push(...step(wanted, 'update application', [preAuthorization]))
    existing.add(wanted.uniqueName)
  }
  return [...early, ...late]
}

function step(
  { uniqueName }: DesiredApplication,
  kind: 'create application' | 'update application',
  differences: readonly (Difference | undefined)[],
): Step[] {
  const present = differences.filter((difference) => difference !== undefined)
  return present.length === 0 ? [] : [{ subject: uniqueName, kind, ...together(present) }]
}

function servicePrincipalSteps({ uniqueName }: DesiredApplication, observed: Observed | undefined): Step[] {
  if (observed?.servicePrincipalId !== undefined) return []
  return [{ subject: uniqueName, kind: 'create service principal', sentences: ['create its service principal'] }]
}

function grants(client: DesiredApplication, observation: Observation, declared: Others['declared']): Step[] {
  const principalId = observation.get(client.uniqueName)?.servicePrincipalId
  return consented(client, declared).flatMap(({ api, value, appRoleId }): Step[] => {
    const assignments = observation.get(api)?.assignments ?? []
    const granted = assignments.some((one) => one.principalId === principalId && one.appRoleId === appRoleId)
    const sentences = [`grant the permission ${value} of ${api} (admin consent)`]
    return granted ? [] : [{ subject: client.uniqueName, kind: 'grant', api, appRoleId, sentences }]
  })
}

/** Grants between declared applications that the declaration does not contain. Those of anybody else are left alone. */
function revocations(
  { uniqueName: api }: DesiredApplication,
  clients: readonly DesiredApplication[],
  observation: Observation,
  declared: Others['declared'],
): Step[] {
  const observed = observation.get(api)
  if (observed === undefined) return []
  const { application, assignments } = observed
  return assignments.flatMap(({ id, principalId, appRoleId }): Step[] => {
    const role = application.appRoles.find((appRole) => appRole.id === appRoleId)
    const client = clients.find(({ uniqueName }) => observation.get(uniqueName)?.servicePrincipalId === principalId)
    if (role === undefined || client === undefined) return []
    if (consented(client, declared).some((wanted) => wanted.api === api && wanted.appRoleId === appRoleId)) return []
    const sentences = [`revoke the permission ${role.value} of ${api}`]
    return [{ subject: client.uniqueName, kind: 'revoke', api, assignmentId: id, sentences }]
  })
}

function consented({ permissions = [] }: DesiredApplication, declared: Others['declared']) {
  return permissions
    .filter(({ consent }) => consent)
    .flatMap(({ application, appRoles = [] }) =>
      appRoles.map((value) => ({ api: application, value, appRoleId: idOf(declared(application), value) })),
    )
}

/** Consent to delegated permissions is one object for each client and API, with all scopes in it. */
function consents(client: DesiredApplication, observation: Observation): Step[] {
  return consentedScopes(client).flatMap(({ api, scopes }): Step[] => {
    const grant = consentOn(client, api, observation)
    const had = grant?.scopes ?? []
    const added = scopes.filter((scope) => !had.includes(scope))
    const removed = had.filter((scope) => !scopes.includes(scope))
    if (added.length + removed.length === 0) return []
    const sentences = [
      ...added.map((scope) => `grant the delegated permission ${scope} of ${api} for all users (admin consent)`),
      ...removed.map((scope) => `revoke the delegated permission ${scope} of ${api} for all users`),
    ]
    return [{ subject: client.uniqueName, kind: 'consent', api, scopes, grantId: grant?.id ?? null, sentences }]
  })
}

/** Consent for all users between declared applications that the declaration does not contain at all. */
function withdrawals(
  client: DesiredApplication,
  apis: readonly DesiredApplication[],
  observation: Observation,
): Step[] {
  const kept = new Set(consentedScopes(client).map(({ api }) => api))
  return apis.flatMap(({ uniqueName: api }): Step[] => {
    const grant = kept.has(api) ? undefined : consentOn(client, api, observation)
    if (grant === undefined) return []
    const sentences = [`revoke the delegated permissions ${grant.scopes.join(', ')} of ${api} for all users`]
    return [{ subject: client.uniqueName, kind: 'withdraw consent', grantId: grant.id, sentences }]
  })
}

function consentOn({ uniqueName }: DesiredApplication, api: string, observation: Observation) {
  const resourceId = observation.get(api)?.servicePrincipalId
  return observation
    .get(uniqueName)
    ?.delegatedGrants.find((grant) => grant.resourceId === resourceId && grant.consentType === 'AllPrincipals')
}

function consentedScopes({ permissions = [] }: DesiredApplication) {
  return permissions
    .filter(({ consent, delegatedScopes = [] }) => consent && delegatedScopes.length > 0)
    .map(({ application, delegatedScopes = [] }) => ({ api: application, scopes: delegatedScopes }))
}

// What is to go goes first: Graph takes no second credential for the same issuer and subject.
function federationSteps(
  { uniqueName: subject, federatedCredentials }: DesiredApplication,
  observed?: Observed,
): Step[] {
  if (federatedCredentials === undefined) return []
  const found = observed?.federatedCredentials ?? []
  const leaving = found.filter(({ name }) => !federatedCredentials.some((wanted) => wanted.name === name))
  return [
    ...leaving.map(({ id, name }) => ({
      subject,
      kind: 'remove federated credential' as const,
      id,
      sentences: [`remove the federated credential ${name}`],
    })),
    ...federatedCredentials.flatMap((credential): Step[] => {
      const before = found.find(({ name }) => name === credential.name)
      if (before !== undefined && sameFederation(before, credential)) return []
      const verb = before === undefined ? 'create' : 'update'
      const sentences = [
        `${verb} the federated credential ${credential.name}: ${credential.subject} of ${credential.issuer}`,
      ]
      return [{ subject, kind: 'set federated credential', credential, sentences }]
    }),
  ]
}

export const usualAudience = 'api://AzureADTokenExchange'

function sameFederation(found: FederatedCredential, wanted: DesiredFederatedCredential): boolean {
  return (
    found.issuer === wanted.issuer &&
    found.subject === wanted.subject &&
    (found.description ?? '') === (wanted.description ?? '') &&
    isDeepStrictEqual(found.audiences, [wanted.audience ?? usualAudience])
  )
}

function certificateSteps(
  { uniqueName: subject, certificate }: DesiredApplication,
  observed: Observed | undefined,
  stored: StoredCertificate | undefined,
  now: Date,
): Step[] {
  if (certificate === undefined) return []
  const { add, remove } = compareCertificate(certificate, observed?.application.keys ?? [], stored, now)
  const sentences = [...(add === undefined ? [] : [add.sentence]), ...remove.map(({ sentence }) => sentence)]
  if (sentences.length === 0) return []
  const keyIds = remove.map(({ keyId }) => keyId)
  return [{ subject, kind: 'change certificates', certificate, add: add?.from ?? null, remove: keyIds, sentences }]
}

function secretSteps(
  { uniqueName: subject, secret }: DesiredApplication,
  observed: Observed | undefined,
  stored: StoredSecret | undefined,
  now: Date,
): Step[] {
  if (secret === undefined) return []
  const { create, remove } = compareSecret(secret, observed?.application.passwords ?? [], stored, now)
  return [
    ...(create === undefined ? [] : [{ subject, kind: 'create secret' as const, secret, sentences: [create] }]),
    ...remove.map(({ keyId, sentence }) => ({ subject, kind: 'remove secret' as const, keyId, sentences: [sentence] })),
  ]
}
