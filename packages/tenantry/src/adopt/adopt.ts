import { realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RegisteredApplication } from '@tenantry/app-registration'
import { type DataFolder, FolderInUse, lockFolder, openDataFolder, startTenants } from '@tenantry/local-tenant'
import { explained } from '../apps/explain.js'
import type { Output } from '../apps/options.js'
import type { AppsSurroundings } from '../apps/surroundings.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { joinTenant, type TenantAtHand, tenantAtHand } from '../run/tenant-at-hand.js'
import { subdomainsIn } from '../run/tenant-in-folder.js'
import { programName } from '../spelling.js'
import { sampleUsers } from '../tutorial/todos.js'
import { lookedFor, readConfiguration } from './configuration-files.js'
import { beyondReach, type Fit, fit, type Member } from './fit.js'
import { authorityParts, type Conflict, type Understanding, understand } from './programs.js'
import { type Adoption, keepAdoption } from './record.js'
import { register } from './register.js'
import { type Report, reportAsJson, reportAsText } from './report.js'
import { placeOf, type Unread } from './setting.js'
import { type Made, valuesFor } from './values.js'

export interface AdoptOptions {
  readonly folder: string
  /** Null: `.tenantry` in the folder. */
  readonly data: string | null
  readonly output: Output
  /** Only say what would be made. */
  readonly dryRun: boolean
}

export interface AdoptSurroundings extends AppsSurroundings {
  /** What starts this command: Node and its entry. */
  readonly self: readonly string[]
}

/**
 * Reads the configuration of the programs in a folder, changes none of it, and makes a local tenant that fits: the ids that stand
 * there, and new ones where placeholders do, which `tenantry run` passes to the programs. Resolves to the exit code; throws a
 * Failure where there is nothing to adopt, or where two places contradict each other, and then nothing was made.
 */
export function adopt(options: AdoptOptions, surroundings: AdoptSurroundings): Promise<number> {
  return explained(async () => {
    const { environment, stdout } = surroundings
    const folder = existing(options.folder)
    const configuration = await readConfiguration(folder)
    const understanding = understand(folder, configuration)
    if (understanding.programs.length === 0) throw nothingFound(folder, configuration.unread)
    if (understanding.conflicts.length > 0) throw contradiction(understanding.conflicts)
    const fitting = fit(folder, understanding)
    const made = options.dryRun ? null : await make(folder, fitting, options, surroundings)
    const report = reportOn({ folder, fitting, understanding, made, ...configuration })
    stdout.write(options.output === 'json' ? reportAsJson(report) : reportAsText(report, calledElsewhere(environment)))
    return exitCodes.success
  })
}

/** How this program is called in another folder than here: npm would go back to its own. */
function calledElsewhere(environment: NodeJS.ProcessEnv): string {
  const name = programName(environment)
  if (!name.startsWith('npm ')) return name
  return `node "${join(dirname(fileURLToPath(import.meta.resolve('tenantry/intercept.cjs'))), 'tenantry.cjs')}"`
}

function existing(path: string): string {
  const folder = resolve(path)
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return realpathSync(folder)
  const why = found === undefined ? `the folder ${folder} does not exist` : `${folder} is not a folder`
  throw new Failure(exitCodes.configuration, why, 'name the folder of the program, or one above several programs')
}

function nothingFound(folder: string, unread: readonly Unread[]): Failure {
  const [first] = unread
  const why = `no configuration that names an application is in ${folder}: looked for ${lookedFor}`
  const next =
    first === undefined ? 'name the folder of the program' : `mend ${placeOf(first)}, which was not read: ${first.why}`
  return new Failure(exitCodes.configuration, why, next)
}

function contradiction(conflicts: readonly Conflict[]): Failure {
  const lines = conflicts.map(({ about, places }) => {
    return `${about} is ${places.map(({ place, value }) => `${value} in ${place}`).join(' and ')}`
  })
  const next = 'make them agree, or adopt the folders of the programs one by one, each with its own --data'
  return new Failure(exitCodes.conflict, `the files contradict each other: ${lines.join('; ')}`, next)
}

interface MadeHere extends Made {
  readonly data: string
  readonly changes: number
}

/** Makes it in the tenant that runs in the data folder, or in one that is started there for as long as that takes. */
async function make(
  folder: string,
  fitting: Fit,
  { data }: AdoptOptions,
  surroundings: AdoptSurroundings,
): Promise<MadeHere> {
  const dataFolder = openDataFolder(data ?? join(folder, '.tenantry'))
  const tenant = (await joinTenant(dataFolder)) ?? (await startFitting(dataFolder, fitting, surroundings))
  try {
    const tenantId = fittingTenant(tenant, fitting, dataFolder.path)
    const running = { data: dataFolder.path, port: tenant.port, tenantId }
    const { applications, changes } = await register(fitting, running, surroundings)
    const made = { subdomain: fitting.subdomain, tenantId, appIds: idsOf(applications) }
    keepAdoption(dataFolder, adoptionOf(folder, fitting, made))
    return { ...made, data: dataFolder.path, changes: changes.length }
  } finally {
    await tenant.leave()
  }
}

async function startFitting(folder: DataFolder, fitting: Fit, surroundings: AdoptSurroundings): Promise<TenantAtHand> {
  await makeTenant(folder, fitting)
  return tenantAtHand({ ...surroundings, folder, port: 0 })
}

/** Makes the tenant where there is none of its name, unless somebody works on the folder. */
async function makeTenant(folder: DataFolder, { subdomain, tenantId }: Fit): Promise<void> {
  if (subdomainsIn(folder).includes(subdomain)) return
  try {
    const unlock = lockFolder(folder)
    try {
      const definition = { subdomain, users: sampleUsers, ...(tenantId === null ? {} : { tenantId }) }
      const [made] = await startTenants([definition], { dataFolder: folder.path, port: 0 })
      await made?.close()
    } finally {
      unlock()
    }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
  }
}

const idsOf = (applications: Readonly<Record<string, RegisteredApplication>>) =>
  new Map(Object.entries(applications).map(([name, { appId }]) => [name, appId]))

function fittingTenant({ tenants }: TenantAtHand, { subdomain, tenantId }: Fit, data: string): string {
  const found = tenants.find((one) => one.subdomain === subdomain)
  if (found === undefined) {
    const names = tenants.map((one) => one.subdomain).join(', ')
    const why = `${names} runs over ${data}, and the files name the tenant ${subdomain}`
    throw new Failure(exitCodes.conflict, why, 'stop it and run this again, or choose another folder with --data')
  }
  if (tenantId === null || found.tenantId === tenantId) return found.tenantId
  const why = `the tenant ${subdomain} in ${data} has the id ${found.tenantId}, and the files say ${tenantId}`
  throw new Failure(exitCodes.conflict, why, 'choose another folder with --data')
}

function adoptionOf(folder: string, fitting: Fit, made: Made): Adoption {
  const { members, todolistApi } = fitting
  const { tenantId, subdomain, appIds } = made
  return {
    folder,
    subdomain,
    tenantId,
    authority: members.some(usesLoginHost)
      ? `https://login.microsoftonline.com/${tenantId}`
      : `https://${subdomain}.ciamlogin.com/${tenantId}`,
    programs: members.map((member) => ({
      name: member.program.name,
      folder: member.program.folder,
      uniqueName: member.uniqueName,
      appId: appIds.get(member.uniqueName) ?? '',
      variables: Object.fromEntries(valuesFor(member, made).passed.map(({ variable, value }) => [variable, value])),
      endpoint: endpointOf(member),
    })),
    todolistApi: appIds.get(todolistApi ?? '') ?? null,
  }
}

const usesLoginHost = ({ program: { isApi, settings } }: Member) =>
  !isApi && settings.some(({ kind, value }) => kind === 'authority' && authorityParts(value).host === 'login')

function endpointOf({ program: { settings } }: Member) {
  const setting = settings.find(({ kind, value }) => kind === 'endpoint' && URL.canParse(value))
  if (setting === undefined) return null
  const { origin, pathname } = new URL(setting.value)
  return { variable: setting.variable, address: `${origin}${pathname}` }
}

interface Outcome {
  readonly folder: string
  readonly fitting: Fit
  readonly understanding: Understanding
  readonly made: MadeHere | null
  readonly settings: Report['found']
  readonly unread: readonly Unread[]
}

function reportOn({ folder, fitting, understanding, made, settings, unread }: Outcome): Report {
  const { members, applications, subdomain, tenantId } = fitting
  const appIds =
    made?.appIds ?? new Map(applications.flatMap(({ uniqueName, appId }) => (appId ? [[uniqueName, appId]] : [])))
  const known: Made = made ?? {
    subdomain,
    tenantId: tenantId ?? '<new tenant id>',
    appIds: orNew(applications, appIds),
  }
  const values = members.map((member) => ({ ...valuesFor(member, known), ...member.program }))
  return {
    folder,
    data: made?.data ?? null,
    fit: fitting,
    tenantId: made?.tenantId ?? tenantId,
    found: settings,
    applications: applications.map(({ uniqueName, displayName, appId }) => ({
      name: displayName,
      folder: members.find((member) => member.uniqueName === uniqueName)?.program.folder ?? null,
      appId: appIds.get(uniqueName) ?? null,
      given: appId !== undefined,
    })),
    passed: values.flatMap(({ passed, name, folder: own }) =>
      passed.map((one) => ({ ...one, program: name, folder: own })),
    ),
    notPassed: values.flatMap(({ notPassed, name, kind }) =>
      notPassed.map((one) => ({ ...one, program: name, inBrowser: kind === 'browser' })),
    ),
    beyondReach: beyondReach(understanding),
    unread,
    changes: made?.changes ?? 0,
  }
}

const orNew = (applications: Fit['applications'], appIds: ReadonlyMap<string, string>) =>
  new Map(
    applications.map(({ uniqueName, displayName }) => [
      uniqueName,
      appIds.get(uniqueName) ?? `<new id of ${displayName}>`,
    ]),
  )
