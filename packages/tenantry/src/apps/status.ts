import { plan, type SecretStore } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { credentialsStore } from './credentials-folder.js'
import { loadDeclaration } from './declaration-file.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions, Output } from './options.js'
import { countOf } from './plan.js'
import { type State, stateFile } from './state-file.js'
import type { AppsSurroundings } from './surroundings.js'

export interface StatusOptions extends AppsOptions {
  readonly output: Output
}

interface Status {
  readonly application: string
  readonly appId: string | null
  readonly declared: boolean
  readonly adopted: boolean
  readonly pendingChanges: number
  /** ISO 8601; null when there is none here. */
  readonly secretUntil: string | null
  readonly certificateUntil: string | null
  /** Predecessors in their period of grace. */
  readonly retiring: number
}

/** Tells what is registered and recorded, how long its credentials last and what is pending. Resolves to the exit code. */
export function statusOfApps(options: StatusOptions, surroundings: AppsSurroundings): Promise<number> {
  return explained(async () => {
    const desired = await loadDeclaration(options.file)
    const place = await openPlace(options, { writes: false, desired }, surroundings)
    const secrets = credentialsStore(place)
    const state = stateFile(place.folder, place.tenantId).read()
    const { changes } = await plan(place.graph, desired, secrets)
    const declared = desired.applications.map(({ uniqueName }) => uniqueName)
    const names = [...declared, ...Object.keys(state).filter((name) => !declared.includes(name))]
    const all: Status[] = []
    for (const application of names) {
      const pendingChanges = changes.filter(({ subject }) => subject === application).length
      all.push(
        await statusOf(application, { declared: declared.includes(application), pendingChanges }, state, secrets),
      )
    }
    const { stdout } = surroundings
    stdout.write(options.output === 'json' ? `${JSON.stringify(all, null, 2)}\n` : all.map(lineFor).join(''))
    return exitCodes.success
  })
}

async function statusOf(
  application: string,
  known: Pick<Status, 'declared' | 'pendingChanges'>,
  state: State,
  secrets: SecretStore,
): Promise<Status> {
  const recorded = Object.hasOwn(state, application) ? state[application] : undefined
  const secret = await secrets.read(application)
  const certificate = await secrets.certificates?.read(application)
  return {
    application,
    appId: recorded?.appId ?? null,
    adopted: recorded?.adopted ?? false,
    ...known,
    secretUntil: secret?.endDateTime ?? null,
    certificateUntil: certificate?.endDateTime ?? null,
    retiring: (secret?.retiring?.length ?? 0) + (certificate?.retiring?.length ?? 0),
  }
}

function lineFor(status: Status): string {
  const { application, appId, declared, adopted, pendingChanges, secretUntil, certificateUntil, retiring } = status
  const parts = [
    appId ?? (declared && pendingChanges === 0 ? 'as declared, though not by `apps apply`' : 'not registered'),
    ...(declared ? [] : ['no longer declared']),
    ...(adopted ? ['adopted'] : []),
    ...(secretUntil === null ? [] : [`secret until ${secretUntil.slice(0, 10)}`]),
    ...(certificateUntil === null ? [] : [`certificate until ${certificateUntil.slice(0, 10)}`]),
    ...(retiring === 0 ? [] : [`${retiring} retiring`]),
    ...(pendingChanges === 0 ? [] : [`${countOf(pendingChanges)} pending`]),
  ]
  return `${application}: ${parts.join(', ')}\n`
}
