import type { HostFamily } from '../listener/hosts.js'
import type { Where } from './faults.js'

/** One request to a tenant. What was sent as secret, assertion or token is not in it. */
export interface RequestEntry {
  /** When it came, by the tenant's clock. ISO 8601. */
  readonly time: string
  readonly method: string
  readonly host: HostFamily['kind']
  readonly path: string
  readonly where: Where
  /** null: it was never answered. */
  readonly status: number | null
  readonly durationMs: number
  readonly clientId: string | null
  readonly grant: string | null
  /** `scope`, or `resource` of a v1.0 request. */
  readonly scope: string | null
  /** The client library by its own word: `x-client-SKU` and `x-client-VER`. */
  readonly sku: string | null
  readonly version: string | null
  /** `AADSTS` with its number, or Graph's code. */
  readonly errorCode: string | null
  /** What in this tenant's data is behind the answer, where that is known: the header `x-tenantry-diagnosis`. */
  readonly diagnosis: string | null
  readonly correlationId: string | null
  /** The client came again before the Retry-After that it was told was over. */
  readonly tooEarly: boolean
}

export type RequestFilter = Partial<
  Pick<RequestEntry, 'method' | 'where' | 'status' | 'clientId' | 'errorCode' | 'correlationId' | 'tooEarly'>
>

/** The newest 1,000 requests that reached the tenant, in memory only. */
export interface Requests {
  /** Oldest first; with a filter, those that equal it in all of its members. */
  list(filter?: RequestFilter): RequestEntry[]
  count(filter?: RequestFilter): number
  clear(): void
}

/** Who asked, and for what, by their own word. Nothing of it is proved, and no secret is in it. */
export type Asker = Pick<RequestEntry, 'clientId' | 'grant' | 'scope' | 'sku' | 'version'>

/** An entry before anybody reads it: whatever costs time is made then. */
export interface RequestNote extends Omit<RequestEntry, 'time' | 'path' | keyof Asker> {
  readonly time: Date
  readonly path: readonly string[]
  readonly asker: Asker
}

export interface RequestLog extends Requests {
  note(note: RequestNote): void
}

const capacity = 1_000
const maxPath = 256

export function createRequestLog(): RequestLog {
  let ring: RequestNote[] = []
  let oldest = 0
  const list = (filter: RequestFilter = {}): RequestEntry[] => {
    const wanted = Object.entries(filter)
    return [...ring.slice(oldest), ...ring.slice(0, oldest)]
      .map(toEntry)
      .filter((entry) => wanted.every(([name, value]) => value === undefined || Reflect.get(entry, name) === value))
  }
  return {
    list,
    count: (filter) => (filter === undefined ? ring.length : list(filter).length),
    clear() {
      ring = []
      oldest = 0
    },
    note(note) {
      if (ring.length < capacity) return void ring.push(note)
      ring[oldest] = note
      oldest = (oldest + 1) % capacity
    },
  }
}

function toEntry({ time, path, asker, ...rest }: RequestNote): RequestEntry {
  return { ...rest, ...asker, time: time.toISOString(), path: `/${path.join('/')}`.slice(0, maxPath) }
}
