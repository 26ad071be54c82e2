import { Failure, failureOf } from './failure.js'
import type { Session } from './session.js'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A list of Graph, a page of it. */
export interface Page<T> {
  readonly value: readonly T[]
  readonly '@odata.nextLink'?: string
  readonly '@odata.count'?: number
}

/**
 * Calls to one tenant: to its Graph as its administrator, and to its control plane. Answers are taken as what the caller
 * says they are: page and tenant come of one build. Both throw Failure.
 */
export interface Calls {
  /** `path` stands behind `/v1.0/`, or begins with `beta/`. An answer without a body is undefined. */
  graph<T = void>(method: Method, path: string, body?: unknown): Promise<T>
  /** Every object of a list, page after page. */
  all<T>(path: string): Promise<readonly T[]>
  /** `path` stands behind the tenant's own part of the control plane. */
  control<T = void>(method: Method, path: string, body?: unknown): Promise<T>
}

/** By this name the requests of the portal can be told from those of the programs that are being watched. */
export const portalSku = 'tenantry-portal'

/** `onEnd` is told when the session is over. */
export function createCalls(session: Session, tenantId: string, onEnd: () => void): Calls {
  let graphToken: Promise<string> | undefined

  async function control<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const url = `/_tenantry/tenants/${tenantId}/${path}`
    const answer = await send(url, method, { authorization: `Bearer ${session.token}` }, body)
    if (answer.status === 401) onEnd()
    return read<T>(answer)
  }

  async function newToken(): Promise<string> {
    return (await control<{ accessToken: string }>('POST', 'administrator-token')).accessToken
  }

  async function graph<T>(method: Method, path: string, body?: unknown): Promise<T> {
    graphToken ??= newToken()
    const used = graphToken
    const answer = await sendGraph(path, method, await tokenOf(used), body)
    if (answer.status !== 401) return read<T>(answer)
    // A clock that was moved or keys that were replaced make a token bad before its time.
    if (graphToken === used) graphToken = newToken()
    return read<T>(await sendGraph(path, method, await tokenOf(graphToken), body))
  }

  async function tokenOf(token: Promise<string>): Promise<string> {
    try {
      return await token
    } catch (error) {
      graphToken = undefined
      throw error
    }
  }

  async function all<T>(path: string): Promise<readonly T[]> {
    const found: T[] = []
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: Page<T> = await graph<Page<T>>('GET', next)
      found.push(...page.value)
      next = nextPath(page)
    }
    return found
  }

  return { graph, all, control }
}

/** Where a list goes on, as graph() takes it. */
export function nextPath(page: Page<unknown>): string | undefined {
  return page['@odata.nextLink']?.replace(/^.*?\/(v1\.0\/|(?=beta\/))/, '')
}

function sendGraph(path: string, method: Method, token: string, body?: unknown): Promise<Response> {
  // Searching and counting want it (graph docs: aad-advanced-queries), and nothing else minds.
  const headers = { authorization: `Bearer ${token}`, consistencylevel: 'eventual', 'x-client-sku': portalSku }
  return send(path.startsWith('beta/') ? `/${path}` : `/v1.0/${path}`, method, headers, body)
}

async function send(
  url: string,
  method: Method,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Response> {
  const sent =
    body === undefined
      ? { headers }
      : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    return await fetch(url, { method, credentials: 'omit', cache: 'no-store', ...sent })
  } catch {
    throw new Failure('unreachable', 'The tenant does not answer.')
  }
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  if (!answer.ok) throw failureOf(answer.status, body)
  return body as T
}
