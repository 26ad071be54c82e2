import { isGuid } from './guid.js'

/**
 * Whose tokens are accepted: one tenant, a list of tenants, or every tenant of the cloud, which has to be acknowledged
 * because anybody can make one.
 */
export type TenantRule = string | readonly string[] | { readonly any: true; readonly acknowledge: EveryTenant }

type EveryTenant = 'every tenant in the cloud'

export interface Tenants {
  /** The only tenant, or null when there may be several. */
  readonly only: string | null
  /** Whether the text is the GUID, as `tid` has it, of a tenant whose tokens are accepted. */
  admits(tenantId: string): boolean
}

/** What stands for the tenant in metadata that serves every tenant. */
export const tenantTemplate = '{tenantid}'

export function fillTenant(template: string, tenantId: string): string {
  // One character is found sooner than a text.
  if (!template.includes('{')) return template
  // Not replaceAll with a text: a `$` in the replacement would be read as a pattern.
  return template.split(tenantTemplate).join(tenantId)
}

/** Throws a TypeError that says what to write instead. */
export function readTenantRule(rule: TenantRule): Tenants {
  const given: unknown = rule
  if (typeof given === 'object' && given !== null && 'any' in given) return everyTenant(given)
  const ids = new Set((Array.isArray(given) ? given : [given]).map((id: unknown) => readTenantId(id)))
  if (ids.size === 0) throw new TypeError('tenantId: name at least one tenant.')
  const [first = ''] = ids
  return ids.size === 1 ? { only: first, admits: (id) => id === first } : { only: null, admits: (id) => ids.has(id) }
}

function everyTenant(rule: object): Tenants {
  const sentence: EveryTenant = 'every tenant in the cloud'
  if ('acknowledge' in rule && rule.acknowledge === sentence) return { only: null, admits: isGuid }
  throw new TypeError(`tenantId: to accept tokens of any tenant write { any: true, acknowledge: '${sentence}' }.`)
}

function readTenantId(value: unknown): string {
  const guid = typeof value === 'string' ? value.toLowerCase() : value
  if (isGuid(guid)) return guid
  throw new TypeError(`tenantId: ${JSON.stringify(value)} is not a GUID like 11111111-2222-3333-4444-555555555555.`)
}
