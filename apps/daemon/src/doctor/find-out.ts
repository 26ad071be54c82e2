import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { pagesOfToDos } from '../api/to-dos.js'
import { discoveryAddress } from '../authority/authority.js'
import { asFailure } from '../failure.js'
import { isJsonObject, type JsonObject, parseJson } from '../outside-text.js'
import type { Session } from '../session.js'
import { explainToken, readToken } from '../token-claims.js'
import { networkFailure } from '../transport/network-failure.js'
import { namedProxy, readProxies } from '../transport/proxy.js'
import type { Answer } from '../transport/transport.js'
import type { Findings, ProxyFinding, Tried } from './findings.js'

export interface Means {
  env: Readonly<Record<string, string | undefined>>
  platform: string
  now: () => number
  signal: AbortSignal
}

const authorityPeer = { name: 'the authority', setting: 'AUTHORITY' }
const apiPeer = { name: 'the API', setting: 'API_ENDPOINT' }
const maxBytes = 1024 * 1024

/** Tries everything once, whatever fails before. Sends the credential only as every other command does. */
export async function findOut(session: Session, means: Means): Promise<Findings> {
  const { configuration } = session
  const { authority: authorityUrl, apiEndpoint } = configuration
  const [authorityName, apiName, proxy, authority, api] = await Promise.all([
    addressOf(authorityUrl, authorityPeer, means.signal),
    addressOf(apiEndpoint, apiPeer, means.signal),
    findProxy([authorityUrl, apiEndpoint], means),
    probe(session, authorityPeer, () => discoveryAddress(authorityUrl)),
    probe(session, apiPeer, () => apiEndpoint),
  ])
  const token = 'value' in authority ? await tryIt(() => acquire(session, means.now)) : undefined
  const reachable = 'value' in api && token !== undefined && 'value' in token
  return {
    configuration,
    platform: means.platform,
    now: means.now(),
    names: [
      { host: authorityUrl.hostname, setting: authorityPeer.setting, found: authorityName },
      { host: apiEndpoint.hostname, setting: apiPeer.setting, found: apiName },
    ],
    proxy,
    authority,
    api,
    discovery: 'value' in authority ? jsonOf(authority.value) : undefined,
    token,
    credential: session.lastCredential(),
    list: reachable ? await tryIt(() => firstPage(session)) : undefined,
  }
}

async function tryIt<T>(act: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await act() }
  } catch (error) {
    return { failure: asFailure(error) }
  }
}

function addressOf(url: URL, peer: typeof apiPeer, signal: AbortSignal): Promise<Tried<string>> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A lookup cannot be cancelled, only left alone.
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(asFailure(signal.reason)), { once: true })
  })
  ended.catch(() => undefined)
  return tryIt(async () => {
    try {
      return (await Promise.race([lookup(host), ended])).address
    } catch (error) {
      throw networkFailure(error, { peer, url })
    }
  })
}

function probe(
  { transport, correlationId }: Session,
  peer: typeof apiPeer,
  address: () => URL,
): Promise<Tried<Answer>> {
  const headers = { accept: 'application/json', 'client-request-id': correlationId }
  return tryIt(async () => transport.send({ peer, method: 'GET', url: address(), headers, maxBytes }))
}

function jsonOf({ text }: Answer): JsonObject | undefined {
  const document = parseJson(text)
  return isJsonObject(document) ? document : undefined
}

async function acquire(session: Session, now: () => number) {
  const parts = readToken(await session.accessToken())
  return { explained: parts && explainToken(parts, now()) }
}

async function firstPage(session: Session): Promise<number> {
  for await (const page of pagesOfToDos(session, { pageSize: 1 })) return page.length
  return 0
}

const longestConnectMs = 3000

async function findProxy(urls: readonly URL[], { env }: Means): Promise<ProxyFinding | undefined> {
  const choose = readProxies(env)
  const { variable, address } = namedProxy(env) ?? {}
  if (variable === undefined || address === undefined) return undefined
  const hosts = [...new Set(urls.filter((url) => choose(url)).map(({ hostname }) => hostname))]
  return { variable, address, hosts, reachable: await listens(address) }
}

function listens({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) })
    const end = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(longestConnectMs, end(false)).once('connect', end(true)).once('error', end(false))
  })
}
