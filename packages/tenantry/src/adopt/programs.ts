import { readFileSync, statSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import type { Configuration } from './configuration-files.js'
import { isGuid, isPlaceholder, partsOf, placeOf, type Setting, type Variable } from './setting.js'

/** A program, as its configuration describes it: what stands in one program's folder. */
export interface Program {
  /** Relative to the folder that is adopted; '' for that one. */
  readonly folder: string
  readonly name: string
  /** Those that are in force. */
  readonly settings: readonly Setting[]
  /** Null where a placeholder stands, or nothing. */
  readonly clientId: string | null
  readonly offers: { readonly roles: readonly string[]; readonly scopes: readonly string[] }
  readonly isApi: boolean
  readonly wants: readonly Wanted[]
  readonly hasSecret: boolean
  readonly kind: 'web' | 'browser' | 'public'
}

/** A permission of an API that a program asks for. */
export interface Wanted {
  readonly setting: Setting
  /** The API's appId; null where a placeholder stands. */
  readonly api: string | null
  /** Null for whatever has been granted: `/.default`, or nothing behind the API's name. */
  readonly permission: string | null
}

/** Two places that say different things about one matter. */
export interface Conflict {
  readonly about: string
  readonly places: readonly { readonly place: string; readonly value: string }[]
}

export interface Understanding {
  readonly programs: readonly Program[]
  readonly tenant: { readonly subdomain: string | null; readonly tenantId: string | null }
  readonly conflicts: readonly Conflict[]
}

/** What the settings say, program by program. Decides nothing where they contradict each other. */
export function understand(root: string, configuration: Configuration): Understanding {
  const folders = new Set(configuration.programFolders)
  const ofFolder = (file: string) => programFolderOf(posix.dirname(file), folders)
  const all = new Map(
    [...new Set(configuration.settings.map(({ file }) => ofFolder(file)))].map((folder) => {
      const settings = configuration.settings.filter(({ file }) => ofFolder(file) === folder)
      const variables = configuration.variables.filter(({ file }) => ofFolder(file) === folder)
      return [folder, { settings: inForce(settings, variables), variables }]
    }),
  )
  // A folder that is about no application at all, such as one whose .env only says how to check certificates.
  const real = [...all].filter(([, { settings }]) =>
    settings.some(({ kind }) => kind !== 'tlsCheck' && kind !== 'endpoint'),
  )
  const programs = real.map(([folder, { settings }]) => programOf(root, folder, settings))
  const settings = programs.flatMap((program) => program.settings)
  return {
    programs,
    tenant: {
      subdomain: tenantFacts(settings, 'subdomain')[0]?.value ?? null,
      tenantId: tenantFacts(settings, 'tenantId')[0]?.value ?? null,
    },
    conflicts: [
      ...programs.flatMap((program) => conflictIn('the client id', clientIds(program.settings))),
      ...real.flatMap(([, { variables }]) => variableConflicts(variables)),
      ...conflictIn("the tenant's subdomain", tenantFacts(settings, 'subdomain')),
      ...conflictIn("the tenant's id", tenantFacts(settings, 'tenantId')),
    ],
  }
}

function programFolderOf(folder: string, programFolders: ReadonlySet<string>): string {
  const path = folder === '.' ? '' : folder
  if (path === '' || programFolders.has(path)) return path
  return programFolderOf(posix.dirname(path), programFolders)
}

/** A variable that .env sets is stronger than what stands behind it in a program, and what is for development than the rest. */
function inForce(settings: readonly Setting[], variables: readonly Variable[]): readonly Setting[] {
  const set = new Map(variables.map((variable) => [variable.name, variable]))
  const files = new Set(variables.map(({ file }) => file))
  const used = new Set<string>()
  const programs = settings
    .filter(({ file }) => !files.has(file))
    .flatMap((setting): readonly Setting[] => {
      const { kind, variable } = setting
      const stronger = variable === null ? undefined : set.get(variable)
      if (variable === null || stronger === undefined) return [setting]
      used.add(variable)
      const { file, line, value } = stronger
      return partsOf(kind, value).map((part) => ({ ...setting, file, line, name: variable, value: part }))
    })
  const own = settings.filter(({ file, name }) => files.has(file) && !used.has(name))
  const forDevelopment = new Set(programs.filter(isForDevelopment).map(({ name }) => name.toLowerCase()))
  const rest = programs.filter((one) => isForDevelopment(one) || !forDevelopment.has(one.name.toLowerCase()))
  return [...rest, ...own]
}

const isForDevelopment = ({ file }: Setting) => /(^|\/)appsettings\.development\.json$/i.test(file)

function programOf(root: string, folder: string, settings: readonly Setting[]): Program {
  const valuesOf = (kind: Setting['kind']) => [
    ...new Set(settings.filter((one) => one.kind === kind && !isPlaceholder(one.value)).map(({ value }) => value)),
  ]
  const offers = { roles: valuesOf('offeredRole'), scopes: valuesOf('offeredScope') }
  const has = (...wanted: Setting['kind'][]) => settings.some(({ kind }) => wanted.includes(kind))
  const wants = settings.filter(({ kind }) => kind === 'scope').flatMap(wantedBy)
  const isApi = offers.roles.length > 0 || offers.scopes.length > 0 || has('audience')
  const hasSecret = has('clientSecret')
  const browser = isForBrowser(join(root, folder)) || settings.some(({ file }) => /(^|\/)public\//.test(file))
  return {
    folder,
    name: basename(join(root, folder)),
    settings,
    clientId: clientIds(settings)[0]?.value ?? null,
    offers,
    isApi,
    wants,
    hasSecret,
    kind: browser ? 'browser' : hasSecret || isApi ? 'web' : 'public',
  }
}

function wantedBy(setting: Setting): Wanted[] {
  const { value } = setting
  const [, resource, rest = ''] = /^(?:api|https):\/\/([^/]+)\/?(.*)$/i.exec(value) ?? []
  if (value.startsWith('https:') && !isGuid(resource ?? '')) return []
  // A text that says nothing of what it stands for, or a variable that nothing is known of yet.
  const unknown = resource === undefined && isPlaceholder(value)
  if (resource === undefined && !unknown) return []
  const permission = rest === '' || rest === '.default' || isPlaceholder(rest) ? null : rest
  return [{ setting, api: resource !== undefined && isGuid(resource) ? resource.toLowerCase() : null, permission }]
}

/** What names Microsoft Graph, or only says who the user is: nothing that an application of the folder offers. */
export const isForeignScope = ({ kind, value }: Setting) =>
  kind === 'scope' &&
  !isPlaceholder(value) &&
  !/^api:\/\//i.test(value) &&
  !/^(openid|profile|email|offline_access)$/.test(value)

interface Fact {
  readonly value: string
  readonly setting: Setting
}

function clientIds(settings: readonly Setting[]): Fact[] {
  return settings
    .filter(({ kind, value }) => kind === 'clientId' && isGuid(value))
    .map((setting) => ({ value: setting.value.toLowerCase(), setting }))
}

function tenantFacts(settings: readonly Setting[], about: 'subdomain' | 'tenantId'): Fact[] {
  return settings.flatMap((setting) => {
    const value = tenantOf(setting)[about]
    return value === undefined ? [] : [{ value, setting }]
  })
}

/** The tenant that a setting names, as far as it does. */
export function tenantOf({ kind, value }: Setting): { subdomain?: string; tenantId?: string } {
  if (kind === 'subdomain') return named(value)
  if (kind === 'tenantId' || kind === 'domain') return namedOrDomain(value)
  if (kind !== 'authority') return {}
  const { host, label, path } = authorityParts(value)
  if (host === 'ciam') return { ...named(label), ...namedOrDomain(path) }
  return host === 'login' ? namedOrDomain(path) : {}
}

/** `https://<label>.ciamlogin.com/<path>`, or login.microsoftonline.com; any other host has neither. */
export function authorityParts(value: string): { host: 'ciam' | 'login' | 'other'; label: string; path: string } {
  const [, host = '', path = ''] = /^https:\/\/([^/]*)\/?([^/]*)/i.exec(value) ?? []
  const ciam = /^(.*)\.ciamlogin\.com$/i.exec(host)
  if (ciam !== null) return { host: 'ciam', label: ciam[1] ?? '', path }
  return { host: /^login\.microsoftonline\.com$/i.test(host) ? 'login' : 'other', label: '', path }
}

function namedOrDomain(text: string): { subdomain?: string; tenantId?: string } {
  if (isGuid(text)) return { tenantId: text.toLowerCase() }
  const domain = /^(.+)\.onmicrosoft\.com$/i.exec(text)?.[1]
  return domain === undefined ? {} : named(domain)
}

function named(text: string): { subdomain?: string; tenantId?: string } {
  if (isGuid(text)) return { tenantId: text.toLowerCase() }
  return isSubdomain(text) ? { subdomain: text.toLowerCase() } : {}
}

export const isSubdomain = (text: string) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text) && !isPlaceholder(text) && !isGuid(text)

function conflictIn(about: string, facts: readonly Fact[]): Conflict[] {
  if (new Set(facts.map(({ value }) => value)).size < 2) return []
  return [{ about, places: facts.map(({ value, setting }) => ({ place: placeOf(setting), value })) }]
}

/** Which of two .env files counts, only the program knows; a difference matters where it would be another application. */
function variableConflicts(variables: readonly Variable[]): Conflict[] {
  const ids = variables.filter(({ value }) => isGuid(value))
  return [...new Set(ids.map(({ name }) => name))].flatMap((name) => {
    const same = ids.filter((one) => one.name === name)
    if (new Set(same.map(({ value }) => value.toLowerCase())).size < 2) return []
    return [{ about: name, places: same.map((one) => ({ place: placeOf(one), value: one.value })) }]
  })
}

/** Whether package.json brings in MSAL for browsers. */
function isForBrowser(folder: string): boolean {
  const file = join(folder, 'package.json')
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile() || found.size > 1_048_576) return false
  return /"@azure\/msal-(browser|react|angular)"\s*:/.test(readFileSync(file, 'utf8'))
}
