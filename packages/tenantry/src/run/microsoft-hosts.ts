/** What becomes of a connection: to the local tenant, nowhere, or where it was going. */
export type Destination = 'tenant' | 'refused' | 'elsewhere'

/** The hosts that the local tenant answers for; `packages/local-tenant/src/listener/hosts.ts` is the other end. */
const emulated = ['login\\.microsoftonline\\.com', 'graph\\.microsoft\\.com', '[a-z0-9-]{1,63}\\.ciamlogin\\.com']

/**
 * Domains in which Microsoft signs people and programs in, or serves a directory, in any of its clouds: what is not emulated
 * of them is refused. (entra-docs: authentication-national-cloud; graph docs: concepts/deployments)
 */
const domains = [
  'microsoftonline.com',
  'microsoftonline.us',
  'microsoftonline.de',
  'microsoftonline.cn',
  'microsoftonline-p.com',
  'login.microsoft.com',
  'login.windows.net',
  'login.windows-ppe.net',
  'login.live.com',
  'login.chinacloudapi.cn',
  'sts.windows.net',
  'microsoftazuread-sso.com',
  'ciamlogin.com',
  'b2clogin.com',
  'b2clogin.us',
  'b2clogin.cn',
  'graph.microsoft.com',
  'graph.microsoft.us',
  'dod-graph.microsoft.us',
  'graph.microsoft.de',
  'microsoftgraph.chinacloudapi.cn',
  'graph.windows.net',
  'graph.chinacloudapi.cn',
  'graph.cloudapi.de',
  'graph.microsoftazure.us',
]

/** Both lists as regular expressions over a lower-case name, as text, because the preload has to be told them too. */
export const hostPatterns = {
  emulated: `^(?:${emulated.join('|')})$`,
  microsoft: `(?:^|\\.)(?:${domains.map((domain) => domain.replaceAll('.', '\\.')).join('|')})$`,
} as const

const patterns = { emulated: new RegExp(hostPatterns.emulated), microsoft: new RegExp(hostPatterns.microsoft) }

/** Where a connection to a name (any case, perhaps with the dot of the root at its end) and port belongs. */
export function destinationOf(host: string, port: number): Destination {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (!patterns.microsoft.test(name)) return 'elsewhere'
  return port === 443 && patterns.emulated.test(name) ? 'tenant' : 'refused'
}

/** Whether a suffix, as NO_PROXY has them, covers a host of Microsoft's. */
export function coversMicrosoft(suffix: string): boolean {
  const bare = suffix
    .toLowerCase()
    .replace(/^\*?\.?/, '')
    .replace(/:\d+$/, '')
  const names = [...domains, 'login.microsoftonline.com', 'contoso.ciamlogin.com']
  return (
    bare === '' || patterns.microsoft.test(bare) || names.some((name) => name === bare || name.endsWith(`.${bare}`))
  )
}

/** Why a connection to `target`, a host and port, was refused. */
export const refusalText = (target: string): string =>
  `tenantry run: ${target} is a login or Graph host of Microsoft's that the local tenant does not stand in for. The connection was refused and nothing left this machine. Use https://login.microsoftonline.com, https://<name>.ciamlogin.com or https://graph.microsoft.com, or run the program without tenantry run.`
