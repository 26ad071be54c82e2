import { BlockList, isIP, isIPv6 } from 'node:net'
import { Failure } from '../failure.js'
import { isLoopback } from './trust.js'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy to reach an address through; undefined for a direct connection. */
export type ProxyChoice = (url: URL) => URL | undefined

/**
 * Reads HTTPS_PROXY and NO_PROXY; of two spellings the lower-case one wins, as in curl. Loopback hosts are never asked
 * for through a proxy. NO_PROXY is a list of `*`, host names (which cover their subdomains), addresses and address
 * ranges (`10.0.0.0/8`), each but a range with or without a port. Throws a `configuration` failure, which never repeats the
 * password, for a proxy that is no http or https address.
 */
export function readProxies(environment: Environment): ProxyChoice {
  const proxy = namedProxy(environment)?.address
  if (proxy === undefined) return () => undefined
  const exceptions = (variable(environment, 'no_proxy')?.value ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  return (url) => (isLoopback(url.hostname) || exceptions.some((entry) => covers(entry, url)) ? undefined : proxy)
}

/** The proxy that the environment names, and the variable that does. Throws as `readProxies` does. */
export function namedProxy(environment: Environment): { variable: string; address: URL } | undefined {
  const given = variable(environment, 'https_proxy')
  return given && { variable: given.name, address: proxyAddress(given) }
}

function variable(environment: Environment, lowerCase: string): { name: string; value: string } | undefined {
  for (const name of [lowerCase, lowerCase.toUpperCase()]) {
    const value = environment[name]?.trim() ?? ''
    if (value !== '') return { name, value }
  }
  return undefined
}

function proxyAddress({ name, value }: { name: string; value: string }): URL {
  const address = value.includes('://') ? value : `http://${value}`
  if (URL.canParse(address)) {
    const url = new URL(address)
    if ((url.protocol === 'http:' || url.protocol === 'https:') && isDecodable(url)) return url
  }
  throw new Failure('configuration', {
    what: `${name} cannot be used`,
    why: 'it is not the address of an HTTP proxy',
    next: 'write it as http://host:port or http://user:password@host:port, special characters percent-encoded',
  })
}

function isDecodable({ username, password }: URL): boolean {
  return !/%(?![0-9a-f]{2})/i.test(`${username}:${password}`)
}

function covers(entry: string, url: URL): boolean {
  if (entry === '*') return true
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (entry.includes('/')) return isInRange(entry, host)
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  if (port !== undefined && port !== (url.port || '443')) return false
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*?\./, '')
  return bare !== '' && (host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`)))
}

function isInRange(range: string, host: string): boolean {
  const [network = '', bits = ''] = range.split('/')
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  const kind = isIPv6(network) ? 'ipv6' : 'ipv4'
  list.addSubnet(network, Number(bits), kind)
  return list.check(host, kind)
}
