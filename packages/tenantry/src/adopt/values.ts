import type { Member } from './fit.js'
import { authorityParts, isSubdomain, tenantOf } from './programs.js'
import { isGuid, isPlaceholder, type Setting } from './setting.js'

/** What the tenant turned out to be, once everything is registered in it. */
export interface Made {
  readonly subdomain: string
  readonly tenantId: string
  /** By uniqueName. */
  readonly appIds: ReadonlyMap<string, string>
}

/** A value for a setting: a text, or the secret of an application, which stays in its file until a program needs it. */
export type NewValue = { readonly text: string } | { readonly secretOf: string }

/** A variable that a program under `tenantry run` is given. */
export interface Passed {
  readonly variable: string
  readonly value: NewValue
  readonly setting: Setting
}

/** A setting that needs a value and takes none from the environment. */
export interface NotPassed {
  readonly value: NewValue
  readonly setting: Setting
}

/** What each of the program's settings has to be given in place of what its file says. */
export function valuesFor(member: Member, made: Made): { passed: readonly Passed[]; notPassed: readonly NotPassed[] } {
  const passed = new Map<string, Passed>()
  const notPassed: NotPassed[] = []
  const { settings } = member.program
  const readByName = new Set(settings.flatMap(({ variable }) => (variable === null ? [] : [variable])))
  for (const setting of settings) {
    const value = newValue(setting, member, made)
    if (value === null) continue
    const { variable, madeOf } = setting
    if (variable !== null) {
      // The first of several values in one variable decides.
      if (!passed.has(variable)) passed.set(variable, { variable, value, setting })
      continue
    }
    const inner = madeOf.filter((name) => !readByName.has(name))
    const part = inner.length === 1 ? partOf(setting, made) : null
    if (inner[0] !== undefined && part !== null) passed.set(inner[0], { variable: inner[0], value: part, setting })
    else if (madeOf.length === 0 || inner.length > 0) notPassed.push({ value, setting })
  }
  return { passed: [...passed.values()], notPassed }
}

const kinds: { readonly [Kind in Setting['kind']]: (setting: Setting, member: Member, made: Made) => string | null } = {
  subdomain: ({ value }, _, { subdomain }) => (isSubdomain(value) || isGuid(value) ? null : subdomain),
  tenantId: (setting, _, { tenantId }) => (namesATenant(setting) ? null : tenantId),
  domain: (setting, _, { subdomain }) => (namesATenant(setting) ? null : `${subdomain}.onmicrosoft.com`),
  authority: (setting, _, made) => newAuthority(setting, made),
  clientId: ({ value }, { uniqueName }, { appIds }) => (isGuid(value) ? null : (appIds.get(uniqueName) ?? null)),
  scope: ({ value }, { api }, { appIds }) => newScope(value, appIds.get(api ?? '')),
  audience: ({ value }, { uniqueName }, { appIds }) => newAudience(value, appIds.get(uniqueName)),
  // Certificates are good here, so there is no reason to look away.
  tlsCheck: ({ value }) => (value === '0' ? '1' : null),
  clientSecret: () => null,
  certificate: () => null,
  offeredScope: () => null,
  offeredRole: () => null,
  redirectUri: () => null,
  endpoint: () => null,
}

function newValue(setting: Setting, member: Member, made: Made): NewValue | null {
  // A secret that the file has is of another tenant, and is no business of this one's.
  if (setting.kind === 'clientSecret') return { secretOf: member.uniqueName }
  const text = kinds[setting.kind](setting, member, made)
  return text === null ? null : { text }
}

/** `common` and its like name no tenant, and are meant. */
const namesATenant = (setting: Setting) =>
  Object.keys(tenantOf(setting)).length > 0 || /^(common|organizations|consumers)$/i.test(setting.value)

/** In the form that the setting asks for, and that every version of MSAL takes. */
function newAuthority({ name, value }: Setting, { subdomain, tenantId }: Made): string | null {
  const { host, label, path } = authorityParts(value)
  const isOpen = isPlaceholder(value) || (host === 'ciam' ? !isLabel(label) || isOpenPath(path) : isOpenPath(path))
  if (!isOpen || (host === 'other' && !isPlaceholder(value))) return null
  if (/instance$/i.test(name)) return host === 'login' ? null : `https://${subdomain}.ciamlogin.com/`
  if (/issuer/i.test(name)) return `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
  return host === 'login'
    ? `https://login.microsoftonline.com/${tenantId}`
    : `https://${subdomain}.ciamlogin.com/${tenantId}`
}

const isLabel = (text: string) => isSubdomain(text) || isGuid(text)
const isOpenPath = (path: string) =>
  path !== '' && !isGuid(path) && !/\.onmicrosoft\.com$|^(common|organizations|consumers|v2\.0)$/i.test(path)

function newScope(value: string, appId: string | undefined): string | null {
  const [, resource, rest = ''] = /^(?:api|https):\/\/([^/]+)(.*)$/i.exec(value) ?? []
  if (appId === undefined) return null
  if (resource === undefined) return isPlaceholder(value) ? `api://${appId}/.default` : null
  return isGuid(resource) || value.startsWith('https:') ? null : `api://${appId}${rest}`
}

function newAudience(value: string, appId: string | undefined): string | null {
  if (appId === undefined || isGuid(value.replace(/^api:\/\//i, ''))) return null
  if (/^api:\/\//i.test(value)) return `api://${appId}`
  return isPlaceholder(value) ? appId : null
}

/** What a variable inside of an authority has to be: the tenant's name, or its id. */
function partOf(setting: Setting, { subdomain, tenantId }: Made): NewValue | null {
  if (setting.kind !== 'authority') return null
  const { host, label } = authorityParts(setting.value)
  if (host === 'ciam' && !isLabel(label)) return { text: subdomain }
  return { text: tenantId }
}
