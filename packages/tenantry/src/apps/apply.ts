import { setTimeout as wait } from 'node:timers/promises'
import { apply, type DesiredState, type Proof, prove, type Registration } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { credentialsStore, writeCredentials } from './credentials-folder.js'
import { loadDeclaration } from './declaration-file.js'
import { dryRun, dryStore } from './dry-run.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions, Output } from './options.js'
import type { Place } from './place.js'
import { countOf } from './plan.js'
import { stateFile } from './state-file.js'
import type { AppsSurroundings } from './surroundings.js'

export interface ApplyAppsOptions extends AppsOptions {
  readonly output: Output
  /** Show every call and change nothing. */
  readonly dryRun: boolean
}

/** Makes the tenant as declared, writes the credentials, and takes tokens as a proof. Resolves to the exit code. */
export function applyApps(options: ApplyAppsOptions, surroundings: AppsSurroundings): Promise<number> {
  return explained(async () => {
    const desired = await loadDeclaration(options.file)
    const place = await openPlace(options, { writes: !options.dryRun, desired }, surroundings)
    if (options.dryRun) return showCalls(place, desired, surroundings)
    const { terminal, stdout } = surroundings
    const registration = await register(place, desired, surroundings)
    const secrets = credentialsStore(place)
    const files = await writeCredentials(place, desired, registration.applications, secrets)
    const settling = registration.changes.length > 0
    const proofs = await proveAll(place, desired, registration, settling, surroundings)
    const { changes, applications } = registration
    if (options.output === 'json')
      stdout.write(`${JSON.stringify({ changes, applications, proofs, files }, null, 2)}\n`)
    terminal.write(`✓ ${changes.length === 0 ? 'No changes' : `${countOf(changes.length)} made`} in ${place.name}\n`)
    return exitCodes.success
  })
}

async function showCalls(
  { graph, folder, name, ...place }: Place,
  desired: DesiredState,
  { stdout, terminal }: AppsSurroundings,
): Promise<number> {
  const { changes } = await apply(
    dryRun(graph, stdout),
    desired,
    dryStore(credentialsStore({ graph, folder, name, ...place })),
  )
  terminal.write(`${changes.length === 0 ? 'No changes' : countOf(changes.length)} in ${name}; nothing was written\n`)
  return exitCodes.success
}

async function register(place: Place, desired: DesiredState, surroundings: AppsSurroundings): Promise<Registration> {
  const { terminal, now, signal } = surroundings
  const state = stateFile(place.folder, place.tenantId)
  let before = now()
  let made = 0
  try {
    return await apply(place.graph, desired, credentialsStore(place), {
      onApplication: (uniqueName, identity) => state.record(uniqueName, identity, desired),
      onWrite(subject, sentences) {
        terminal.write(`✓ ${subject}: ${sentences.join('; ')} (${secondsSince(before, now())})\n`)
        before = now()
        made += sentences.length
      },
    })
  } catch (error) {
    if (signal.aborted) terminal.write(interrupted(made, place.name))
    throw error
  }
}

/** Whether Graph has done what was under way, nobody knows here: the next run looks. */
function interrupted(made: number, name: string): string {
  const what = made === 0 ? 'before anything was known to have changed' : `after ${countOf(made)}`
  return `✗ Interrupted ${what} in ${name}. Next: run it again; it finds what is there and does the rest.\n`
}

export const secondsSince = (before: number, now: number) => `${((now - before) / 1000).toFixed(1)} s`

/** A token for each client and API, and a line for each. */
export async function proveAll(
  place: Place,
  desired: DesiredState,
  { applications }: Pick<Registration, 'applications'>,
  settling: boolean,
  { terminal, signal, now }: AppsSurroundings,
): Promise<readonly Proof[]> {
  const before = now()
  const proofs = await prove(desired, applications, credentialsStore(place), {
    takeToken: place.takeToken,
    wait: (milliseconds) => wait(milliseconds, undefined, { signal }),
    settling,
  })
  for (const { client, api, credential, roles, idtyp } of proofs) {
    const type = idtyp === undefined ? '' : `, idtyp ${idtyp}`
    terminal.write(`✓ ${client}: proved its ${credential} with a token for ${api}: roles ${roles.join(', ')}${type}\n`)
  }
  if (proofs.length > 0) terminal.write(`  (${secondsSince(before, now())} for ${countedTokens(proofs.length)})\n`)
  return proofs
}

const countedTokens = (tokens: number) => (tokens === 1 ? 'one token' : `${tokens} tokens`)
