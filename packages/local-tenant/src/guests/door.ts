import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { DataFolder } from '../data-folder.js'

/** What runs beside the tenants are told, and what they can ask for. */
export interface House {
  /** Said to a guest that comes in, and again when it leaves. */
  state(): object
  /**
   * Hears how many guests there are after each that came or left. One that leaves in order is answered when this has
   * resolved, with what `farewell` says then.
   */
  onGuests(count: number): Promise<void> | void
  farewell(): object
  /**
   * What a guest asks for beside that, and how it ends: with the guest. Rejects with an Error whose message the guest is told, and
   * its `next` where it has one: what to do about it.
   */
  give(request: object): Promise<{ readonly answer: object; end(): Promise<void> | void }>
}

export interface Door {
  /** No more guests come in, and those inside are put out, but for one that is just leaving. */
  close(): void
}

/** Where the door of a folder's tenants is, in the folder. */
const file = 'guests.json'
const longestLine = 65_536
const strangersMs = 5_000

/**
 * Opens a port of the loopback address for programs that run beside the tenants (`tenantry run`): a line of JSON each way
 * at a time, in the clear, because nothing secret but two keys of this door is said there. A guest first says the key that
 * the folder holds, and is then told the proof that the folder holds too: so each knows the other as the folder's owner, at a
 * hundredth of what TLS takes. A guest is inside for as long as its connection lasts, however that ends.
 */
export async function openDoor(folder: DataFolder, house: House): Promise<Door> {
  const [key, proof] = [newKey(), newKey()]
  const sockets = new Set<Socket>()
  const leaving = new Set<Socket>()
  let inside = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    let known = false
    const ends: (() => Promise<void> | void)[] = []
    const write = (message: object) => void socket.write(`${JSON.stringify(message)}\n`)
    const leave = async () => {
      // What cannot be ended keeps nobody inside.
      await Promise.allSettled(ends.splice(0).map(async (end) => end()))
      if (!known) return
      known = false
      inside -= 1
      await house.onGuests(inside)
    }
    const hear = async (line: string): Promise<void> => {
      if (!known) {
        if (!isKey(line, key)) return void socket.destroy()
        known = true
        inside += 1
        socket.setTimeout(0)
        await house.onGuests(inside)
        return write({ proof, ...house.state() })
      }
      const request = read(line)
      if (request === undefined) return void socket.destroy()
      if ('leave' in request) {
        leaving.add(socket)
        const state = house.state()
        await leave()
        return void socket.end(`${JSON.stringify({ ...state, ...house.farewell() })}\n`)
      }
      try {
        const { answer, end } = await house.give(request)
        if (socket.destroyed) return await end()
        ends.push(end)
        write(answer)
      } catch (error) {
        write(refusalOf(error))
      }
    }
    socket.setTimeout(strangersMs, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      leaving.delete(socket)
      void leave()
    })
    linesOf(socket, hear)
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  folder.write(file, JSON.stringify({ port: (server.address() as AddressInfo).port, key, proof }))
  return {
    close() {
      server.close()
      folder.remove(file)
      for (const socket of sockets) if (!leaving.has(socket)) socket.destroy()
    },
  }
}

function refusalOf(error: unknown): object {
  if (!(error instanceof Error)) return { refused: String(error) }
  return { refused: error.message, ...('next' in error ? { next: error.next } : {}) }
}

const newKey = () => randomBytes(24).toString('base64url')

function isKey(line: string, key: string): boolean {
  const [said, right] = [Buffer.from(line), Buffer.from(key)]
  return said.length === right.length && timingSafeEqual(said, right)
}

/** Calls `hear` for each line, one after the other; a line that is too long ends the connection. */
function linesOf(socket: Socket, hear: (line: string) => Promise<void>): void {
  let text = ''
  let turn = Promise.resolve()
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    if (text.length > longestLine) return void socket.destroy()
    for (const line of lines) {
      turn = turn.then(() => hear(line)).catch(() => void socket.destroy())
    }
  })
}

function read(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
