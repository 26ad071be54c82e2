import { checkDesiredState } from './check.js'
import type { DesiredState } from './desired-state.js'
import type { GraphClient } from './graph/client.js'
import { type Observation, observe } from './observe.js'
import type { SecretStore, StoredSecret } from './secrets.js'
import { type Step, stepsTowards } from './steps.js'

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
  const observation = await observe(graph, desired)
  const stored = await readSecrets(desired, secrets)
  return { observation, steps: stepsTowards(desired, observation, stored, now()) }
}

export function changesOf({ subject, sentences }: Step): Change[] {
  return sentences.map((sentence) => ({ subject, sentence }))
}

async function readSecrets({ applications }: DesiredState, secrets: SecretStore): Promise<Map<string, StoredSecret>> {
  const stored = new Map<string, StoredSecret>()
  for (const { uniqueName, secret } of applications) {
    const found = secret === undefined ? undefined : await secrets.read(uniqueName)
    if (found !== undefined) stored.set(uniqueName, found)
  }
  return stored
}
