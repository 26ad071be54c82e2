import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { ToDo } from '../../api/to-do.js'
import { datedPagesOfToDos } from '../../api/to-dos.js'
import { Failure } from '../../failure.js'
import { fileReason, writeFailure } from '../../file-failure.js'
import { isJsonObject, parseJson, plain } from '../../outside-text.js'
import type { Session } from '../../session.js'
import { writeWholeFile } from '../../transfer/whole-file.js'
import type { Age, Cleanup } from '../job.js'

/** A line of the record. `since`: milliseconds since 1970, by the clock of the API. */
interface Seen {
  id: number
  fingerprint: string
  since: number
}

/**
 * Looks at all to-dos, remembers in the record since when each is as it is, and gives those that have been for long enough. The record
 * is replaced as a whole; it holds ids, hashes and times. Both lists ascend by id and are read side by side, so it takes the memory of what it
 * gives. Time is what the API's answers say, so neither replicas with different clocks nor a clock here that is wrong make a to-do old. Rejects
 * with a `configuration` failure for a record that is damaged or was made for another API: what it remembers is not thrown away.
 */
export async function seenUnchanged(
  session: Session,
  { age, owner, contains }: Omit<Cleanup, 'age'> & { age: Age },
  signal: AbortSignal,
): Promise<ReadonlyMap<number, { description: string; fingerprint: string }>> {
  const old = new Map<number, { description: string; fingerprint: string }>()
  const api = session.configuration.apiEndpoint.href
  const remembered = await openRecord(age.record, { api, signal })
  try {
    await writeWholeFile(age.record, session.newId(), async (pieces) => {
      try {
        await pieces.write(`${JSON.stringify({ ...mark, api })}\n`)
        let last = 0
        for await (const { toDos, date } of datedPagesOfToDos(session, { owner, contains, pageSize: 100 })) {
          if (Number.isNaN(date)) throw unusableAnswer('it does not tell what time it is (header Date)')
          const lines: string[] = []
          for (const toDo of toDos) {
            if (toDo.id <= last) throw unusableAnswer('its to-dos do not ascend by id')
            last = toDo.id
            const fingerprint = fingerprintOf(toDo)
            const before = await remembered.of(toDo.id)
            const since = before?.fingerprint === fingerprint ? Math.min(before.since, date) : date
            lines.push(`${JSON.stringify([toDo.id, fingerprint, since])}\n`)
            if (date - since >= age.ms) old.set(toDo.id, { description: toDo.description, fingerprint })
          }
          await pieces.write(lines.join(''))
        }
      } finally {
        // Windows does not replace an open file.
        await remembered.close()
      }
    })
  } catch (error) {
    throw writeFailure(age.record, error)
  } finally {
    await remembered.close()
  }
  return old
}

/** What a to-do is, without its words. */
export function fingerprintOf({ owner, description }: ToDo): string {
  return createHash('sha256')
    .update(JSON.stringify([owner.toLowerCase(), description]))
    .digest('base64url')
    .slice(0, 22)
}

/** The first line of a record says so: no other file is ever replaced by one. */
const mark = { record: 'to-dos first seen by todolist-daemon', version: 1 }
const longestFirstLine = 8192

interface Remembered {
  /** Asked for ascending ids. */
  of(id: number): Promise<Seen | undefined>
  close(): Promise<void>
}

async function openRecord(path: string, { api, signal }: { api: string; signal: AbortSignal }): Promise<Remembered> {
  const first = await firstLine(path)
  if (first === undefined) return { of: () => Promise.resolve(undefined), close: () => Promise.resolve() }
  const header = parseJson(first)
  if (!isJsonObject(header) || header['record'] !== mark.record || header['version'] !== mark.version)
    throw unusable(path, 'it does not begin as such a record does', 'name a file of its own for the record')
  if (header['api'] !== api)
    throw unusable(path, `it was made for the API at ${plain(String(header['api']))}`, 'name another file for this API')
  const stream = createReadStream(path, { signal })
  const lines = seenIn(createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }), path)
  let next = await lines.next()
  return {
    of: async (id) => {
      while (next.done !== true && next.value.id < id) next = await lines.next()
      return next.done !== true && next.value.id === id ? next.value : undefined
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.closed) return resolve()
        stream.once('close', () => resolve())
        stream.destroy()
      }),
  }
}

async function* seenIn(lines: AsyncIterable<string>, path: string): AsyncGenerator<Seen, undefined> {
  let number = 0
  let last = 0
  for await (const line of lines) {
    if (++number === 1) continue
    const value: unknown = parseJson(line)
    const [id, fingerprint, since] = Array.isArray(value) ? (value as unknown[]) : []
    if (
      typeof id !== 'number' ||
      !(id > last) ||
      typeof fingerprint !== 'string' ||
      typeof since !== 'number' ||
      !Number.isFinite(since)
    )
      throw unusable(path, `line ${number} is damaged`, 'restore it, or remove it: then every age begins anew')
    last = id
    yield { id, fingerprint, since }
  }
  return undefined
}

async function firstLine(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longestFirstLine), 0, longestFirstLine, 0)
      return buffer.toString('utf8', 0, bytesRead).split('\n')[0] ?? ''
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unusable(path, `it cannot be read: ${fileReason(error)}`, 'make it a file that the daemon can read and write')
  }
}

function unusable(path: string, why: string, next: string): Failure {
  return new Failure('configuration', { what: `the record ${plain(path)} cannot be used`, why, next })
}

function unusableAnswer(why: string): Failure {
  return new Failure('unexpected', {
    what: 'the age of to-dos cannot be known with this API',
    why,
    next: 'check that API_ENDPOINT is the address of the to-do list, or clean up by description alone',
  })
}
