import { rmSync } from 'node:fs'
import { destroy } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { secretsFile } from '../secrets-file.js'
import { fileNameOf } from './credentials-folder.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions } from './options.js'
import type { Place } from './place.js'
import { type State, type StateFile, stateFile } from './state-file.js'
import type { AppsSurroundings } from './surroundings.js'

export interface DestroyAppsOptions extends Omit<AppsOptions, 'file'> {
  /** Do not ask. */
  readonly yes: boolean
  /** Delete them for good, instead of leaving them restorable for 30 days. */
  readonly purge: boolean
}

/** Deletes what was registered from here and nothing else: by the record, never by name. Resolves to the exit code. */
export function destroyApps(options: DestroyAppsOptions, surroundings: AppsSurroundings): Promise<number> {
  return explained(async () => {
    const place = await openPlace({ ...options, file: null }, { writes: true, desired: null }, surroundings)
    const state = stateFile(place.folder, place.tenantId)
    const recorded = state.read()
    const ours = oursIn(recorded)
    const { terminal } = surroundings
    sayAdopted(recorded, surroundings)
    if (ours.length === 0) {
      terminal.write(`Nothing to destroy: no application was registered from ${place.folder.path}\n`)
      return exitCodes.success
    }
    await confirmed(place, ours, options, surroundings)
    await destroy(place.graph, ours, {
      purge: options.purge,
      onGone({ uniqueName }, found) {
        forget(place, state, uniqueName)
        terminal.write(
          `✓ ${uniqueName}: ${found ? 'deleted' : 'was gone already'}${options.purge ? ' for good' : ''}\n`,
        )
      },
    })
    return exitCodes.success
  })
}

function oursIn(recorded: State) {
  return Object.entries(recorded)
    .filter(([, { adopted }]) => !adopted)
    .map(([uniqueName, { appId, objectId }]) => ({ uniqueName, appId, objectId }))
}

function sayAdopted(recorded: State, { terminal }: AppsSurroundings): void {
  const adopted = Object.entries(recorded).filter(([, application]) => application.adopted)
  for (const [uniqueName] of adopted) terminal.write(`  ${uniqueName} existed before and stays\n`)
}

async function confirmed(
  { name }: Place,
  ours: readonly { uniqueName: string; appId: string }[],
  { yes, purge }: DestroyAppsOptions,
  { confirm, terminal }: AppsSurroundings,
): Promise<void> {
  if (yes) return
  for (const { uniqueName, appId } of ours) terminal.write(`  ${uniqueName} (${appId})\n`)
  const question = `Delete these applications${purge ? ' for good' : ''} in ${name}?`
  if (confirm === null) {
    throw new Failure(exitCodes.usage, 'destroy asks first, and there is no terminal', 'give --yes if you mean it')
  }
  if (!(await confirm(question))) {
    throw new Failure(exitCodes.conflict, 'nothing was deleted', 'answer yes, or give --yes')
  }
}

function forget({ folder }: Place, state: StateFile, uniqueName: string): void {
  state.forget(uniqueName)
  const store = secretsFile(folder)
  store.forget(uniqueName)
  store.certificates.forget(uniqueName)
  const name = fileNameOf(uniqueName)
  for (const file of [`${name}.env`, `${name}.secret`, `${name}.pem`]) rmSync(folder.file(file), { force: true })
}
