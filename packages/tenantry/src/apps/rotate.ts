import { type DesiredState, rotateCertificate, rotateSecret } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { proveAll, secondsSince } from './apply.js'
import { credentialsStore, writeCredentials } from './credentials-folder.js'
import { loadDeclaration } from './declaration-file.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions } from './options.js'
import type { AppsSurroundings } from './surroundings.js'

export interface RotateAppsOptions extends AppsOptions {
  /** uniqueName; null: the only application that has such a credential. */
  readonly app: string | null
  /** Days for which the old credential keeps working. */
  readonly graceDays: number
}

export const rotateSecretOfApp = (options: RotateAppsOptions, surroundings: AppsSurroundings) =>
  rotate('secret', options, surroundings)

export const rotateCertificateOfApp = (options: RotateAppsOptions, surroundings: AppsSurroundings) =>
  rotate('certificate', options, surroundings)

/** Adds a new credential, proves it with a token, and lets the old one retire. Resolves to the exit code. */
function rotate(
  kind: 'secret' | 'certificate',
  options: RotateAppsOptions,
  surroundings: AppsSurroundings,
): Promise<number> {
  return explained(async () => {
    const desired = await loadDeclaration(options.file)
    const uniqueName = options.app ?? onlyWith(kind, desired)
    const place = await openPlace(options, { writes: true, desired }, surroundings)
    const { terminal, now } = surroundings
    const { graceDays } = options
    let before = now()
    await (kind === 'secret' ? rotateSecret : rotateCertificate)(place.graph, desired, credentialsStore(place), {
      uniqueName,
      graceDays,
      async prove(applications) {
        const own = {
          applications: desired.applications.map((one) => (one.uniqueName === uniqueName ? one : bare(one))),
        }
        await proveAll(place, own, { applications }, true, surroundings)
        await writeCredentials(place, desired, applications, credentialsStore(place))
      },
      onStep({ subject, sentence }) {
        terminal.write(`✓ ${subject}: ${sentence} (${secondsSince(before, now())})\n`)
        before = now()
      },
    })
    if (graceDays > 0) {
      terminal.write(`  The old ${kind} works for ${graceDays} more days; an apply after that removes it\n`)
    }
    return exitCodes.success
  })
}

/** Without credentials, so that nothing of it is proved. */
function bare({ secret: _secret, certificate: _certificate, ...application }: DesiredState['applications'][number]) {
  return application
}

function onlyWith(kind: 'secret' | 'certificate', { applications }: DesiredState): string {
  const names = applications
    .filter((application) => application[kind] !== undefined)
    .map(({ uniqueName }) => uniqueName)
  const [name, second] = names
  if (name !== undefined && second === undefined) return name
  const why = name === undefined ? `no application declares a ${kind}` : `several applications declare a ${kind}`
  throw new Failure(
    exitCodes.usage,
    why,
    name === undefined ? 'declare one first' : `choose with --app: ${names.join(', ')}`,
  )
}
