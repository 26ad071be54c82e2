import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'

/** The proxy that the user's own environment names, and the hosts that are reached without it. */
export interface UserProxy {
  readonly host: string
  readonly port: number
  /** The value of Proxy-Authorization; null for a proxy that asks for none. Never printed. */
  readonly authorization: string | null
  readonly direct: readonly string[]
}

/** Reads HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case. Throws a Failure for a proxy that is not spoken to with plain HTTP. */
export function readUserProxy(environment: NodeJS.ProcessEnv): UserProxy | null {
  const name = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find((one) => (environment[one] ?? '') !== '')
  if (name === undefined) return null
  const text = environment[name] ?? ''
  const url = parse(text.includes('://') ? text : `http://${text}`)
  if (url === undefined || url.protocol !== 'http:') {
    const next = `set ${name} to http://<host>:<port>, or unset it`
    throw new Failure(exitCodes.configuration, `${name} names no proxy that is reached by plain HTTP`, next)
  }
  const { hostname, port, username } = url
  const credentials = credentialsOf(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 80 : Number(port),
    authorization: username === '' ? null : `Basic ${credentials.toString('base64')}`,
    direct: readNoProxy(environment),
  }
}

/** What NO_PROXY lists, as it is written there. */
export function readNoProxy(environment: NodeJS.ProcessEnv): string[] {
  const text = environment['no_proxy'] ?? environment['NO_PROXY'] ?? ''
  return text.split(/[\s,]+/).filter((entry) => entry !== '')
}

/** How a host is reached through the user's proxy: whom to connect to and what to say first; null when it is not. */
export function upstreamOf({ host, port, authorization, direct }: UserProxy, target: string, targetPort: number) {
  if (direct.some((entry) => covers(entry.toLowerCase(), target.toLowerCase(), targetPort))) return null
  const authority = `${target.includes(':') ? `[${target}]` : target}:${targetPort}`
  const proof = authorization === null ? '' : `proxy-authorization: ${authorization}\r\n`
  return { onward: { host, port }, greeting: `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${proof}\r\n` }
}

/** As most programs read it: `*`, or a name that stands for itself and what is below it. Blocks of addresses are not read. */
function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  const [, suffix = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (only !== undefined && Number(only) !== port) return false
  return host === suffix || host.endsWith(`.${suffix}`)
}

/** Percent-decoded where that can be done, else as written. */
function credentialsOf({ username, password }: URL): Buffer {
  const text = `${username}:${password}`
  try {
    return Buffer.from(decodeURIComponent(text))
  } catch {
    return Buffer.from(text)
  }
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
