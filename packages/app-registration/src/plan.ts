import { checkDesiredState, DesiredStateError } from './check.js'
import type { DesiredState } from './desired-state.js'
import type { GraphClient } from './graph/client.js'
import { type Observation, observe } from './observe.js'
import type { SecretStore, StoredCertificate, StoredSecret } from './secrets.js'
import { type Step, type Stored, stepsTowards } from './steps.js'

/** One difference between what is and what should be, in words for a person. */
export interface Change {
  /** uniqueName of the application that changes. */
  readonly subject: string
  readonly sentence: string
}

export interface Plan {
  /** Empty when everything is as declared. */
  readonly changes: readonly Change[]
}

/**
 * Says what apply would change now, in the order in which it would. Reads only.
 * Throws a DesiredStateError before any call when the declaration is wrong, and a GraphError when Graph refuses to answer.
 */
export async function plan(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  now: () => Date = () => new Date(),
): Promise<Plan> {
  const { steps } = await prepare(graph, desired, secrets, now)
  return { changes: steps.flatMap(changesOf) }
}

export async function prepare(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  now: () => Date,
): Promise<{ observation: Observation; steps: readonly Step[] }> {
  checkDesiredState(desired)
  checkStores(desired, secrets)
  const observation = await observe(graph, desired)
  const stored = await readStores(desired, secrets)
  return { observation, steps: stepsTowards(desired, observation, stored, now()) }
}

export function changesOf({ subject, sentences }: Step): Change[] {
  return sentences.map((sentence) => ({ subject, sentence }))
}

function checkStores({ applications }: DesiredState, { certificates }: SecretStore): void {
  if (certificates !== undefined) return
  const generated = applications.filter(({ certificate }) => certificate !== undefined && !('pem' in certificate))
  if (generated.length === 0) return
  throw new DesiredStateError(
    generated.map(({ uniqueName }) => `application ${uniqueName}: there is no store for the key of its certificate`),
  )
}

export async function readStores({ applications }: DesiredState, store: SecretStore): Promise<Stored> {
  const secrets = new Map<string, StoredSecret>()
  const certificates = new Map<string, StoredCertificate>()
  for (const { uniqueName, secret, certificate } of applications) {
    const kept = secret === undefined ? undefined : await store.read(uniqueName)
    if (kept !== undefined) secrets.set(uniqueName, kept)
    const generated = certificate === undefined ? undefined : await store.certificates?.read(uniqueName)
    if (generated !== undefined) certificates.set(uniqueName, generated)
  }
  return { secrets, certificates }
}
