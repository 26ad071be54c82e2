import type { DesiredState } from './desired-state.js'
import type { GraphClient } from './graph/client.js'
import { type Identity, identityOf, type Performing, perform, servicePrincipalOf } from './perform.js'
import { type Change, changesOf, prepare, readStores } from './plan.js'
import type { SecretStore } from './secrets.js'

export interface ApplyOptions {
  /** Called when an application is known: found, or created a moment ago. Called again with its service principal. */
  readonly onApplication?: (uniqueName: string, identity: Identity) => Promise<void> | void
  /** Called for every write to Graph right after it, with the changes that it made. */
  readonly onWrite?: (subject: string, sentences: readonly string[]) => void
  /** Called for every change right after it was made. */
  readonly onStep?: (change: Change) => void
  /** Left out: the system's time. */
  readonly now?: () => Date
}

export interface Registration {
  /** What this run changed; empty when everything already was as declared. */
  readonly changes: readonly Change[]
  /** By uniqueName. */
  readonly applications: Readonly<Record<string, RegisteredApplication>>
}

export interface RegisteredApplication {
  readonly appId: string
  /** The application's own id in the directory: neither its appId nor its service principal's id. */
  readonly objectId: string
  readonly servicePrincipalId: string
  /** The secret in the store, without its value. Present when the desired state asks for one. */
  readonly secret?: { readonly keyId: string; readonly endDateTime: string }
  /** The same of a generated certificate. */
  readonly certificate?: { readonly keyId: string; readonly endDateTime: string }
}

/**
 * Makes the declared applications be as declared, changing only what differs. Ended at any point, it is repaired by the
 * next run; run twice at once, it makes no application twice. Applications that are not declared are never touched.
 * Throws what plan throws, and whatever the store throws. Does not prove that a token can be taken.
 */
export async function apply(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  options: ApplyOptions = {},
): Promise<Registration> {
  const { onStep, onWrite, onApplication, now = () => new Date() } = options
  const { observation, steps } = await prepare(graph, desired, secrets, now)
  const identities = new Map<string, Identity>()
  for (const [uniqueName, { application, servicePrincipalId }] of observation) {
    identities.set(uniqueName, { appId: application.appId, objectId: application.objectId, servicePrincipalId })
  }
  for (const [uniqueName, identity] of identities) await onApplication?.(uniqueName, identity)
  const run: Performing = { graph, secrets, now, identities, settling: false }
  const changes: Change[] = []
  for (const step of steps) {
    await perform(run, step)
    if (creating.has(step.kind)) await onApplication?.(step.subject, identityOf(run, step.subject))
    onWrite?.(step.subject, step.sentences)
    for (const change of changesOf(step)) {
      changes.push(change)
      onStep?.(change)
    }
  }
  return { changes, applications: await register(desired, run) }
}

const creating: ReadonlySet<string> = new Set(['create application', 'create service principal'])

async function register(
  { applications }: DesiredState,
  run: Performing,
): Promise<Record<string, RegisteredApplication>> {
  const registered: [string, RegisteredApplication][] = []
  const stored = await readStores({ applications }, run.secrets)
  for (const { uniqueName } of applications) {
    const { appId, objectId } = identityOf(run, uniqueName)
    const servicePrincipalId = servicePrincipalOf(run, uniqueName)
    const shown = {
      ...shownAs('secret', stored.secrets.get(uniqueName)),
      ...shownAs('certificate', stored.certificates.get(uniqueName)),
    }
    registered.push([uniqueName, { appId, objectId, servicePrincipalId, ...shown }])
  }
  return Object.fromEntries(registered)
}

function shownAs(kind: 'secret' | 'certificate', stored?: { keyId: string; endDateTime: string }): object {
  return stored === undefined ? {} : { [kind]: { keyId: stored.keyId, endDateTime: stored.endDateTime } }
}
