import {
  type AppIdOf,
  compareBasics,
  compareIdentifierUris,
  compareRequirements,
  type Difference,
  disableLeaving,
  nothing,
  together,
} from './application-difference.js'
import type { DesiredApplication, DesiredSecret, DesiredState } from './desired-state.js'
import type { JsonObject } from './https/json.js'
import type { Observation, Observed } from './observe.js'
import { permissionId } from './permission-id.js'
import { compareSecret } from './secret-difference.js'
import type { StoredSecret } from './secrets.js'

/** One write to Graph, with the changes it makes in words. `subject` is the uniqueName of the application. */
export type Step = { readonly subject: string; readonly sentences: readonly string[] } & Action

export type Action =
  | { readonly kind: 'create application' | 'update application'; readonly body: (appIdOf: AppIdOf) => JsonObject }
  | { readonly kind: 'create service principal' }
  | { readonly kind: 'grant'; readonly api: string; readonly appRoleId: string }
  | { readonly kind: 'revoke'; readonly api: string; readonly assignmentId: string }
  | { readonly kind: 'create secret'; readonly secret: DesiredSecret }
  | { readonly kind: 'remove secret'; readonly keyId: string }

/**
 * The writes that lead from what was observed to what is desired, in an order in which each can succeed: rights are
 * taken away before roles, applications exist before what refers to them, secrets come last. Each leaves a state from
 * which a later run goes on. Reads and calls nothing.
 */
export function stepsTowards(
  { applications }: DesiredState,
  observation: Observation,
  stored: ReadonlyMap<string, StoredSecret>,
  now: Date,
): readonly Step[] {
  const known = new Map([...observation].map(([uniqueName, { application }]) => [uniqueName, application.appId]))
  const appIdOf: AppIdOf = (uniqueName) => known.get(uniqueName)
  return [
    ...applications.flatMap((api) => revocations(api, applications, observation)),
    ...applicationSteps(applications, observation, appIdOf),
    ...applications.flatMap((wanted) => servicePrincipalSteps(wanted, observation.get(wanted.uniqueName))),
    ...applications.flatMap((client) => grants(client, observation)),
    ...applications.flatMap((wanted) =>
      secretSteps(wanted, observation.get(wanted.uniqueName), stored.get(wanted.uniqueName), now),
    ),
  ]
}

function applicationSteps(
  applications: readonly DesiredApplication[],
  observation: Observation,
  appIdOf: AppIdOf,
): Step[] {
  const existing = new Set(observation.keys())
  const early: Step[] = []
  const late: Step[] = []
  for (const wanted of applications) {
    const found = observation.get(wanted.uniqueName)?.application
    const basics = compareBasics(wanted, found ?? nothing, appIdOf)
    const uris = compareIdentifierUris(wanted, found ?? nothing, appIdOf)
    const requirements = compareRequirements(wanted, found ?? nothing, appIdOf)
    // An application that asks for the permissions of one declared after it, or of itself, does so in a second request.
    const ready = (wanted.permissions ?? []).every(({ application }) => existing.has(application))
    const first = ready ? [basics, requirements] : [basics]
    if (found === undefined) {
      early.push(...step(wanted, 'create application', first), ...step(wanted, 'update application', [uris]))
    } else {
      early.push(...step(wanted, 'update application', [disableLeaving(wanted, found)]))
      early.push(...step(wanted, 'update application', [...first, uris]))
    }
    if (!ready) late.push(...step(wanted, 'update application', [requirements]))
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

function grants(client: DesiredApplication, observation: Observation): Step[] {
  const principalId = observation.get(client.uniqueName)?.servicePrincipalId
  return consented(client).flatMap(({ api, value, appRoleId }): Step[] => {
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
): Step[] {
  const observed = observation.get(api)
  if (observed === undefined) return []
  const { application, assignments } = observed
  return assignments.flatMap(({ id, principalId, appRoleId }): Step[] => {
    const role = application.appRoles.find((appRole) => appRole.id === appRoleId)
    const client = clients.find(({ uniqueName }) => observation.get(uniqueName)?.servicePrincipalId === principalId)
    if (role === undefined || client === undefined) return []
    if (consented(client).some((wanted) => wanted.api === api && wanted.appRoleId === appRoleId)) return []
    const sentences = [`revoke the permission ${role.value} of ${api}`]
    return [{ subject: client.uniqueName, kind: 'revoke', api, assignmentId: id, sentences }]
  })
}

function consented({ permissions = [] }: DesiredApplication) {
  return permissions
    .filter(({ consent }) => consent)
    .flatMap(({ application, appRoles }) =>
      appRoles.map((value) => ({ api: application, value, appRoleId: permissionId(application, value) })),
    )
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
