import { connect, type Socket } from 'node:net'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'

/** The tenants beside which a program runs, as they were when it came or left. */
export interface State {
  readonly port: number
  readonly tenants: readonly { readonly tenantId: string; readonly subdomain: string }[]
  /** Calls to hosts of Microsoft's since the start. */
  readonly intercepted: number
}

export interface Farewell extends State {
  /** Whether the tenants go on without this guest. */
  readonly goesOn: boolean
  /** What they have to say about clients, where nobody else is told. */
  readonly notices?: readonly string[]
}

/** A stay beside the tenants of a folder. They know of it for as long as this process lives, or until it leaves. */
export interface Visit {
  readonly state: State
  /** What the tenants answer to a request; an Error with their reason when they refuse it. */
  ask(request: object): Promise<object>
  /** Null when they are gone. */
  leave(): Promise<Farewell | null>
}

const longestMs = 5_000
const largestAnswer = 1_048_576

/** Knocks at the door of the tenants that run in a folder (`packages/local-tenant/src/guests/door.ts`); undefined when there are none. */
export async function visit(folder: DataFolder): Promise<Visit | undefined> {
  const door = read(folder.read('guests.json') ?? '')
  if (door === undefined || !('key' in door) || !('proof' in door) || !('port' in door)) return undefined
  const port = Number(door.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const socket = connect({ port, host: '127.0.0.1' })
  const line = answersOf(socket)
  socket.setTimeout(longestMs, () => socket.destroy())
  socket.write(`${String(door.key)}\n`)
  const greeting = await line()
  // Who listens there now is somebody else, and learns nothing that opens anything.
  if (greeting === undefined || !('proof' in greeting) || greeting.proof !== door.proof || !isState(greeting)) {
    socket.destroy()
    return undefined
  }
  socket.setTimeout(0)
  return {
    state: greeting,
    async ask(request) {
      socket.write(`${JSON.stringify(request)}\n`)
      const answer = await line()
      if (answer === undefined) throw new Error('the tenant is gone')
      if ('refused' in answer) throw new Refused(String(answer.refused), 'next' in answer ? String(answer.next) : null)
      return answer
    },
    async leave() {
      socket.write('{"leave":true}\n')
      const answer = await line()
      socket.destroy()
      return answer !== undefined && isState(answer) && 'goesOn' in answer ? (answer as Farewell) : null
    },
  }
}

/** What the tenants did not give, in their words, and what they say to do about it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly next: string | null
  constructor(message: string, next: string | null) {
    super(message)
    this.next = next
  }
}

/** The next line of JSON each time; undefined once the other side is gone, or for what is no object. */
function answersOf(socket: Socket): () => Promise<object | undefined> {
  let text = ''
  let wake = () => {}
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
    if (text.length > largestAnswer) socket.destroy()
    wake()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => wake())
  return async () => {
    while (!text.includes('\n') && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const end = text.indexOf('\n')
    const line = text.slice(0, Math.max(end, 0))
    text = text.slice(end + 1)
    return read(line)
  }
}

function read(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function isState(answer: object): answer is State {
  if (!('port' in answer && 'tenants' in answer && 'intercepted' in answer)) return false
  const { port, tenants, intercepted } = answer
  return typeof port === 'number' && typeof intercepted === 'number' && Array.isArray(tenants) && tenants.length > 0
}
