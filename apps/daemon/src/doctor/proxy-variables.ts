/** Which proxy the environment names for https, and which of the hosts go through it. */
export function proxyFor(
  urls: readonly URL[],
  env: Readonly<Record<string, string | undefined>>,
): { variable: string; address: URL | undefined; hosts: string[] } | undefined {
  const variable = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find((name) => env[name])
  if (variable === undefined) return undefined
  const value = env[variable] ?? ''
  const address = readAddress(value.includes('://') ? value : `http://${value}`)
  const exempt = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  const hosts = urls.filter((url) => !exempt.some((entry) => covers(entry, url))).map(({ hostname }) => hostname)
  return { variable, address, hosts: [...new Set(hosts)] }
}

function readAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined
}

/** `*`, `host`, `.domain`, `*.domain` or `host:port`. */
function covers(entry: string, { hostname, port }: URL): boolean {
  if (entry === '*') return true
  const [, name = '', onlyPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  if (onlyPort !== undefined && onlyPort !== (port === '' ? '443' : port)) return false
  return hostname === name || hostname.endsWith(`.${name}`)
}
