import type { RegisteredApplication } from './apply.js'
import { checkDesiredState } from './check.js'
import type { DesiredApplication, DesiredState } from './desired-state.js'
import type { GraphClient } from './graph/client.js'
import { type Observed, observe } from './observe.js'
import { createCertificate, createSecret, type Performing, perform } from './perform.js'
import { type Change, readStores } from './plan.js'
import type { Retiring, SecretStore } from './secrets.js'
import { stepsTowards } from './steps.js'

export interface RotateOptions {
  readonly uniqueName: string
  /** How long the predecessor stays, for the programs that still run with it. */
  readonly graceDays: number
  /** Takes a token with what is in the store now; throws when it is no good. */
  readonly prove: (applications: Readonly<Record<string, RegisteredApplication>>) => Promise<void>
  readonly onStep?: (change: Change) => void
  readonly now?: () => Date
}

/** The application cannot be rotated. Nothing was changed. */
export class RotationRefused extends Error {
  constructor(uniqueName: string, why: string) {
    super(`${uniqueName} ${why}.`)
    this.name = 'RotationRefused'
  }
}

/**
 * Gives an application a new secret: adds it, stores it, proves it, and marks the old one as retiring. With no grace the
 * old one goes at once, otherwise with the first apply after its time. When the proof fails, the store has the old one
 * again and the new one is removed. Ended in between, it leaves a good secret in the store and is repaired by apply.
 */
export async function rotateSecret(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  options: RotateOptions,
): Promise<void> {
  const { wanted, observed, run } = await begin(graph, desired, secrets, options)
  const { uniqueName, secret } = wanted
  if (secret === undefined) throw new RotationRefused(uniqueName, 'declares no secret')
  const before = await secrets.read(uniqueName)
  const retiring = retire(before, observed.application.passwords, run.now(), options.graceDays)
  await createSecret(run, uniqueName, secret, retiring)
  options.onStep?.({ subject: uniqueName, sentence: `create and store the client secret "${secret.displayName}"` })
  await proveOr(options, identityRecord(desired, run), async () => {
    const made = await secrets.read(uniqueName)
    if (before !== undefined) await secrets.write(uniqueName, before)
    if (made === undefined) return
    await perform(run, { subject: uniqueName, sentences: [], kind: 'remove secret', keyId: made.keyId })
  })
  await retireNow(graph, desired, secrets, run, options)
}

/** The same for a certificate whose key is kept in the store. */
export async function rotateCertificate(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  options: RotateOptions,
): Promise<void> {
  const { wanted, observed, run } = await begin(graph, desired, secrets, options)
  const { uniqueName, certificate } = wanted
  if (certificate === undefined || 'pem' in certificate || secrets.certificates === undefined) {
    throw new RotationRefused(uniqueName, 'declares no certificate that is generated here')
  }
  const before = await secrets.certificates.read(uniqueName)
  const retiring = retire(before, observed.application.keys, run.now(), options.graceDays)
  const made = await createCertificate(run, uniqueName, certificate, retiring)
  const change = { subject: uniqueName, kind: 'change certificates', certificate } as const
  await perform(run, { ...change, sentences: [], add: 'store', remove: [] })
  options.onStep?.({
    subject: uniqueName,
    sentence: `create and register the certificate "${certificate.displayName}"`,
  })
  await proveOr(options, identityRecord(desired, run), async () => {
    if (before !== undefined) await secrets.certificates?.write(uniqueName, before)
    await perform(run, { ...change, sentences: [], add: null, remove: [made.keyId] })
  })
  await retireNow(graph, desired, secrets, run, options)
}

async function begin(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  { uniqueName, now = () => new Date() }: RotateOptions,
): Promise<{ wanted: DesiredApplication; observed: Observed; run: Performing }> {
  checkDesiredState(desired)
  const wanted = desired.applications.find((application) => application.uniqueName === uniqueName)
  if (wanted === undefined) throw new RotationRefused(uniqueName, 'is not declared')
  const observation = await observe(graph, desired)
  const observed = observation.get(uniqueName)
  if (observed === undefined) throw new RotationRefused(uniqueName, 'is not registered yet: apply first')
  const identities: Performing['identities'] = new Map()
  for (const [name, { application, servicePrincipalId }] of observation) {
    identities.set(name, { appId: application.appId, objectId: application.objectId, servicePrincipalId })
  }
  return { wanted, observed, run: { graph, secrets, now, identities, settling: true } }
}

function retire(
  before: { readonly keyId: string; readonly retiring?: readonly Retiring[] } | undefined,
  listed: readonly { readonly keyId: string }[],
  now: Date,
  graceDays: number,
): Retiring[] {
  if (before === undefined) return []
  const after = new Date(now.getTime() + graceDays * 24 * 60 * 60 * 1000).toISOString()
  const all = [...(before.retiring ?? []), { keyId: before.keyId, after }]
  return all.filter(({ keyId }) => listed.some((one) => one.keyId === keyId))
}

async function proveOr(
  { prove }: RotateOptions,
  applications: Readonly<Record<string, RegisteredApplication>>,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    await prove(applications)
  } catch (error) {
    await undo()
    throw error
  }
}

function identityRecord(
  { applications }: DesiredState,
  { identities }: Performing,
): Record<string, RegisteredApplication> {
  return Object.fromEntries(
    applications.flatMap(({ uniqueName }) => {
      const identity = identities.get(uniqueName)
      return identity?.servicePrincipalId === undefined
        ? []
        : [[uniqueName, { ...identity, servicePrincipalId: identity.servicePrincipalId }]]
    }),
  )
}

/** Removes the predecessors whose time has come: the part of apply that concerns this application's credentials. */
async function retireNow(
  graph: GraphClient,
  desired: DesiredState,
  secrets: SecretStore,
  run: Performing,
  { uniqueName, onStep }: RotateOptions,
): Promise<void> {
  const observation = await observe(graph, desired)
  const steps = stepsTowards(desired, observation, await readStores(desired, secrets), run.now())
  for (const step of steps.filter(({ subject, kind }) => subject === uniqueName && retirements.has(kind))) {
    await perform(run, step)
    for (const sentence of step.sentences) onStep?.({ subject: uniqueName, sentence })
  }
}

const retirements: ReadonlySet<string> = new Set(['remove secret', 'change certificates'])
