import { isGuid } from './guid.js'

/** A place that tenants sign in at, made by {@link ciam} or {@link workforce}; the tenant is added to it. */
export interface AuthorityHost {
  readonly host: string
  /** What the metadata must name as its cloud; null where the host alone tells. */
  readonly cloudInstance: string | null
  /** Whether metadata for every tenant is published here. */
  readonly servesEveryTenant: boolean
}

/** An External ID tenant, by its subdomain (`contoso`) or by its GUID. Throws a TypeError for anything else. */
export function ciam(name: string): AuthorityHost {
  const label = typeof name === 'string' ? name.toLowerCase() : ''
  if (!isGuid(label) && !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) {
    throw new TypeError(`ciam: ${JSON.stringify(name)} is neither a subdomain of ciamlogin.com nor a tenant's GUID.`)
  }
  return Object.freeze({ host: `${label}.ciamlogin.com`, cloudInstance: null, servesEveryTenant: false })
}

/** A workforce tenant in one of Microsoft's clouds. Throws a TypeError for a cloud that does not exist. */
export function workforce(cloud: keyof typeof clouds): AuthorityHost {
  if (!Object.hasOwn(clouds, cloud)) throw new TypeError(`workforce: write ${Object.keys(clouds).join(', ')}.`)
  return Object.freeze({ ...clouds[cloud], servesEveryTenant: true })
}

const clouds = {
  public: { host: 'login.microsoftonline.com', cloudInstance: 'microsoftonline.com' },
  usgov: { host: 'login.microsoftonline.us', cloudInstance: 'microsoftonline.us' },
  china: { host: 'login.partner.microsoftonline.cn', cloudInstance: 'partner.microsoftonline.cn' },
} as const
