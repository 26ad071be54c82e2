import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DesiredApplication, DesiredPermission, DesiredRedirectUris } from '@tenantry/app-registration'
import { apiName, tutorialApps } from '../tutorial/apps.js'
import { authorityParts, isForeignScope, type Program, type Understanding, type Wanted } from './programs.js'
import { isPlaceholder, placeOf } from './setting.js'

/** A program and the application that it is. */
export interface Member {
  readonly program: Program
  readonly uniqueName: string
  /** The application that placeholders among its scopes stand for; null where the program asks for none. */
  readonly api: string | null
}

/** What the local tenant has to contain so that the programs find what they are configured for. */
export interface Fit {
  readonly subdomain: string
  /** Null: any. */
  readonly tenantId: string | null
  readonly applications: readonly DesiredApplication[]
  /** Names of applications that sign people in without a credential. */
  readonly publicClients: readonly string[]
  readonly members: readonly Member[]
  /** The application that the ToDoList API of ours can stand in for. */
  readonly todolistApi: string | null
  /** What the files do not say and was decided here, in words. */
  readonly decided: readonly string[]
}

interface Api {
  readonly uniqueName: string
  readonly name: string
  readonly appId: string | null
  readonly roles: readonly string[]
  readonly scopes: Set<string>
  readonly program: Program | null
}

/** Finds the applications behind what was understood. Asks nobody; `root` is the absolute path of the adopted folder. */
export function fit(root: string, { programs, tenant }: Understanding): Fit {
  const decided: string[] = []
  const apis = apisOf(root, programs, decided)
  const byProgram = new Map(apis.flatMap((api) => (api.program === null ? [] : [[api.program, api]])))
  const members = programs.map((program) => ({
    program,
    uniqueName: byProgram.get(program)?.uniqueName ?? nameOf(root, program, programs),
    api: wantedApis(program, apis)[0]?.api.uniqueName ?? byProgram.get(program)?.uniqueName ?? null,
  }))
  for (const { wants } of programs) for (const wanted of wants) addScope(wanted, apis, decided)
  const clients = members.map(({ program, uniqueName }) => {
    const appId = byProgram.get(program)?.appId ?? program.clientId
    return {
      ...(byProgram.has(program) ? offered(byProgram.get(program)) : {}),
      uniqueName,
      ...(appId === null ? {} : { appId }),
      displayName: program.name,
      redirectUris: redirectUris(program, decided),
      permissions: permissionsOf(program, apis, decided),
      ...(program.hasSecret ? { secret } : {}),
    }
  })
  const madeUp = apis.filter(({ program }) => program === null).map((api) => declaredAlone(api))
  if (tenant.subdomain === null) decided.push('No file names the tenant, so it is contoso')
  return {
    subdomain: tenant.subdomain ?? 'contoso',
    tenantId: tenant.tenantId,
    applications: merged([...madeUp, ...clients]),
    publicClients: members
      .filter(({ program: { kind, isApi } }) => kind === 'public' && !isApi)
      .map((one) => one.uniqueName),
    members,
    todolistApi: apis.find(isTodolist)?.uniqueName ?? null,
    decided,
  }
}

/** As long as the tutorial's; the value goes into the data folder and to the program, and nowhere else. */
const secret = { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 } as const

/** The same for the same program, whichever folder above it is adopted, and one for programs that have one client id. */
function nameOf(root: string, program: Program, programs: readonly Program[]): string {
  const same = programs.find(({ clientId }) => clientId !== null && clientId === program.clientId)
  const { folder, name } = same ?? program
  return `${name}-${createHash('sha256').update(join(root, folder)).digest('hex').slice(0, 8)}`
}

/** Several programs may be one application, such as pages and a worker: it is registered with what all of them need. */
function merged(applications: readonly DesiredApplication[]): DesiredApplication[] {
  const byName = new Map<string, DesiredApplication>()
  for (const application of applications) {
    const before = byName.get(application.uniqueName)
    byName.set(application.uniqueName, before === undefined ? application : union(before, application))
  }
  return [...byName.values()]
}

function union(one: DesiredApplication, other: DesiredApplication): DesiredApplication {
  const uris = (kind: keyof DesiredRedirectUris) => [
    ...new Set([one, other].flatMap((application) => application.redirectUris?.[kind] ?? [])),
  ]
  return {
    ...other,
    ...one,
    redirectUris: { web: uris('web'), spa: uris('spa'), publicClient: uris('publicClient') },
    appRoles: unionBy(one.appRoles, other.appRoles, ({ value }) => value),
    delegatedScopes: unionBy(one.delegatedScopes, other.delegatedScopes, ({ value }) => value),
    optionalAccessTokenClaims: unionBy(one.optionalAccessTokenClaims, other.optionalAccessTokenClaims, (name) => name),
    permissions: permissionUnion([...(one.permissions ?? []), ...(other.permissions ?? [])]),
  }
}

function unionBy<T>(one: readonly T[] = [], other: readonly T[] = [], keyOf: (item: T) => string): T[] {
  return [...new Map([...one, ...other].map((item) => [keyOf(item), item])).values()]
}

function permissionUnion(permissions: readonly DesiredPermission[]): DesiredPermission[] {
  return [...new Set(permissions.map(({ application }) => application))].map((application) => {
    const all = permissions.filter((permission) => permission.application === application)
    const appRoles = [...new Set(all.flatMap((permission) => permission.appRoles ?? []))]
    const delegatedScopes = [...new Set(all.flatMap((permission) => permission.delegatedScopes ?? []))]
    return { application, appRoles, delegatedScopes, consent: true }
  })
}

function apisOf(root: string, programs: readonly Program[], decided: string[]): Api[] {
  const found = programs.filter(({ isApi }) => isApi)
  const wants = programs.flatMap((program) => program.wants.map((wanted) => ({ program, wanted })))
  const known = new Set(found.map(({ clientId }) => clientId))
  const strangers = [...new Set(wants.map(({ wanted }) => wanted.api))].filter((id) => id !== null && !known.has(id))
  const [only] = found
  // The one API of the folder does not know its id, and its client does.
  const adopts = found.length === 1 && only?.clientId === null && strangers.length === 1 ? strangers[0] : null
  const apis: Api[] = found.map((program) => {
    const { offers, name } = program
    const appId = program.clientId ?? adopts ?? null
    return {
      uniqueName: nameOf(root, program, programs),
      name,
      appId,
      roles: offers.roles,
      scopes: new Set(offers.scopes),
      program,
    }
  })
  const unnamed = wants.filter(({ wanted }) => wanted.api === null)
  const missing: readonly (string | null)[] = [
    ...strangers.filter((id) => id !== adopts),
    ...(unnamed.length > 0 && found.length !== 1 ? [null] : []),
  ]
  for (const appId of missing) {
    const asking = wants.filter(({ wanted }) => wanted.api === appId).map(({ program }) => program)
    apis.push(madeUpApi(appId, asking, decided))
  }
  return apis
}

const todolistScope = /^ToDoList\./

/** An API that is called and stands in no file: ours where it is the tutorial's, or else one that offers what is asked for. */
function madeUpApi(appId: string | null, asking: readonly Program[], decided: string[]): Api {
  const isTutorials = asking.some(
    ({ settings, wants }) =>
      settings.some(({ kind, value }) => kind === 'endpoint' && /\/api\/todolist\/?$/i.test(value)) ||
      wants.some(({ permission }) => todolistScope.test(permission ?? '')),
  )
  const [first] = asking
  const who = [...new Set(asking.map(({ name }) => name))].join(' and ')
  const id = appId === null ? '' : `-${appId.slice(0, 8)}`
  if (isTutorials) {
    const { appRoles = [], delegatedScopes = [] } = tutorialApi()
    decided.push(`No file describes the API that ${who} calls: it offers what the tutorial's ToDoList API offers`)
    const [roles, scopes] = [appRoles, delegatedScopes].map((offers) => offers.map(({ value }) => value))
    return {
      uniqueName: `${apiName}${id}`,
      name: apiName,
      appId,
      roles: roles ?? [],
      scopes: new Set(scopes),
      program: null,
    }
  }
  decided.push(`No file describes the API that ${who} calls: it offers the scopes that are asked for, and no app roles`)
  const name = `API of ${first?.name ?? 'a client'}`
  return { uniqueName: `${name}${id}`, name, appId, roles: [], scopes: new Set(), program: null }
}

function tutorialApi(): DesiredApplication {
  const api = tutorialApps().applications.find(({ uniqueName }) => uniqueName === apiName)
  if (api === undefined) throw new Error("The tutorial's declaration has no API.")
  return api
}

function declaredAlone(api: Api): DesiredApplication {
  const named = {
    uniqueName: api.uniqueName,
    displayName: api.name,
    ...(api.appId === null ? {} : { appId: api.appId }),
  }
  return api.name === apiName ? { ...tutorialApi(), ...named } : { ...named, ...offered(api) }
}

function offered(api: Api | undefined): Partial<DesiredApplication> {
  if (api === undefined) return {}
  return {
    identifierUri: 'appId',
    accessTokenVersion: 2,
    appRoles: api.roles.map((value) => ({
      value,
      displayName: value,
      description: value,
      allowedMemberTypes: ['Application'],
    })),
    delegatedScopes: [...api.scopes].map((value) => ({
      value,
      adminConsentDisplayName: value,
      adminConsentDescription: value,
    })),
    // By which an API knows an application from a user.
    ...(api.roles.length > 0 ? { optionalAccessTokenClaims: ['idtyp'] } : {}),
  }
}

const apiOf = ({ api }: Wanted, apis: readonly Api[]) =>
  api === null
    ? (apis.find(({ appId, program }) => appId === null && program === null) ??
      apis.find(({ program }) => program !== null))
    : apis.find(({ appId }) => appId === api)

function wantedApis(program: Program, apis: readonly Api[]): { readonly wanted: Wanted; readonly api: Api }[] {
  return program.wants.flatMap((wanted) => {
    const api = apiOf(wanted, apis)
    return api === undefined ? [] : [{ wanted, api }]
  })
}

/** A client may ask for a scope that the API's own files do not list. */
function addScope(wanted: Wanted, apis: readonly Api[], decided: string[]): void {
  const api = apiOf(wanted, apis)
  const { permission, setting } = wanted
  if (api === undefined || permission === null || api.scopes.has(permission)) return
  api.scopes.add(permission)
  if (api.program !== null) decided.push(`${api.name} offers ${permission} too, which ${placeOf(setting)} asks for`)
}

/**
 * Named scopes are granted by name. `/.default` means whatever has been granted, which only the directory knows: a client with a
 * credential is granted every app role, any other every scope.
 */
function permissionsOf(program: Program, apis: readonly Api[], decided: string[]): DesiredPermission[] {
  const wanted = wantedApis(program, apis)
  return [...new Set(wanted.map(({ api }) => api))].flatMap((api) => {
    const named = wanted.flatMap((one) =>
      one.api === api && one.wanted.permission !== null ? [one.wanted.permission] : [],
    )
    const all = wanted.some((one) => one.api === api && one.wanted.permission === null)
    const appRoles = all && program.hasSecret ? api.roles : []
    const scopes = all && !program.hasSecret ? [...api.scopes] : named
    if (appRoles.length === 0 && scopes.length === 0) return []
    if (all) decided.push(`${program.name} is granted ${[...appRoles, ...scopes].join(', ')} of ${api.name}`)
    const delegatedScopes = [...new Set(scopes)]
    return [{ application: api.uniqueName, appRoles, delegatedScopes, consent: true }]
  })
}

/** Where the program's pages are while it is developed, as Microsoft's samples have it. */
const developmentOrigin = 'http://localhost:3000'

function redirectUris({ settings, kind, name }: Program, decided: string[]): DesiredRedirectUris {
  const written = settings
    .filter((one) => one.kind === 'redirectUri' && !isPlaceholder(one.value))
    .map(({ value }) => value)
  const relative = written.filter((uri) => uri.startsWith('/'))
  if (relative.length > 0)
    decided.push(`The pages of ${name} are at ${developmentOrigin}: its redirect URIs are relative`)
  const absolute = written.map((uri) => (uri.startsWith('/') ? `${developmentOrigin}${uri}` : uri))
  const uris = [...new Set(absolute)].filter((uri) => URL.canParse(uri) && !/[{}#\s]/.test(uri))
  if (uris.length === 0) return {}
  return kind === 'browser' ? { spa: uris } : kind === 'public' ? { publicClient: uris } : { web: uris }
}

const isTodolist = ({ roles, scopes, name }: Api) =>
  name === apiName || [...roles, ...scopes].some((value) => todolistScope.test(value))

/** What the programs need and the local tenant does not give them, in words. */
export function beyondReach({ programs }: Understanding): string[] {
  const browsers = programs
    .filter(({ kind }) => kind === 'browser')
    .map(({ name }) => {
      return `${name} runs in a browser, whose calls tenantry run does not answer: have its authority be https://localhost:8443/<tenant id> and run tenantry start`
    })
  const settings = programs
    .flatMap((program) => program.settings)
    .flatMap((setting) => {
      const where = `${placeOf(setting)}: ${setting.name}`
      if (isForeignScope(setting)) {
        return [`${where} asks for ${setting.value}, which no application here offers: grant it by hand, in the portal`]
      }
      if (setting.kind === 'certificate' && !isPlaceholder(setting.value)) {
        return [`${where} is a certificate: register it with tenantry apps, or have the program read a secret here`]
      }
      if (setting.kind === 'authority' && isElsewhere(setting.value)) {
        return [
          `${where} is ${hostOf(setting.value)}, which the local tenant does not stand in for: it answers for <name>.ciamlogin.com and login.microsoftonline.com`,
        ]
      }
      return []
    })
  return [...browsers, ...settings]
}

const isElsewhere = (value: string) =>
  !isPlaceholder(value) &&
  URL.canParse(value) &&
  authorityParts(value).host === 'other' &&
  hostOf(value) !== 'localhost'
const hostOf = (value: string) => new URL(value).hostname
