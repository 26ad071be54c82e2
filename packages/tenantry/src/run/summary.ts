import type { Stay, TenantAtHand } from './tenant-at-hand.js'

export interface Happened {
  readonly stay: Pick<Stay, 'answered' | 'goesOn'>
  /** Each refused `host:port`, as often as it was tried. */
  readonly refused: readonly string[]
  readonly tenant: Pick<TenantAtHand, 'tenants' | 'port'>
}

/** What became of the calls to Microsoft, in one line, and a second one for those that were refused. */
export function summaryOf({ stay: { answered, goesOn }, refused, tenant: { tenants, port } }: Happened): string {
  const names = tenants.map(({ subdomain }) => subdomain).join(', ')
  const where = goesOn ? `${names}, which goes on running on port ${port}` : names
  const count = answered === null ? 'an unknown number of requests' : counted(answered, 'request')
  const line = `tenantry run: ${count} answered by ${where}; none was let through to Microsoft.\n`
  if (refused.length === 0) return line
  const hosts = [...new Set(refused)].map((host) => {
    const times = refused.filter((one) => one === host).length
    return times === 1 ? host : `${host} (${times} times)`
  })
  return `${line}! Refused, because the local tenant does not stand in for them: ${hosts.join(', ')}. Next: use https://login.microsoftonline.com, https://<name>.ciamlogin.com or https://graph.microsoft.com.\n`
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
