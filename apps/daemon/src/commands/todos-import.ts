import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { makeToDo } from '../api/to-dos.js'
import { asFailure, Failure } from '../failure.js'
import { plain } from '../outside-text.js'
import type { Session } from '../session.js'
import { fileFormat } from '../transfer/file-format.js'
import { transferProgress } from '../transfer/progress.js'
import { readRecords, type ToDoRecord } from '../transfer/records.js'
import { guidOption, numberOption, wrongArgument } from './arguments.js'
import type { Call, Result } from './command.js'

/**
 * Makes a to-do of each record, one after the other. Each goes with a key made of its place and content, so that the
 * same import twice, after an interruption for instance, makes nothing twice as long as the API remembers keys.
 */
export async function importToDos(call: Call): Promise<Result> {
  const [file = '-'] = call.positionals
  const skip = numberOption(call, 'skip', 0) ?? 0
  const owner = guidOption(call, 'owner')
  const source = await openSource(call, file)
  const progress = transferProgress('imported', call.reporter, call.world.now)
  let seen = 0
  try {
    const imported = await call.inSession(async (session) => {
      for await (const record of readRecords(source.text(), fileFormat(call.options.get('format'), file))) {
        if (seen >= skip) await send(session, { ...record, owner: record.owner ?? owner }, seen)
        seen++
        progress.reached(Math.max(0, seen - skip), source.share())
      }
      return Math.max(0, seen - skip)
    })
    return { value: { imported, skipped: Math.min(skip, seen) } }
  } catch (error) {
    throw howFar(asFailure(error), { file, done: Math.max(seen, skip), imported: Math.max(0, seen - skip) })
  } finally {
    source.close()
  }
}

async function send(session: Session, record: ToDoRecord, place: number): Promise<void> {
  await makeToDo(session, record, importKey(record, place))
}

/** The form of a GUID, as keys usually have. */
function importKey({ description, owner = '' }: ToDoRecord, place: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([place, owner, description]))
    .digest('hex')
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-')
}

function howFar(failure: Failure, { file, done, imported }: { file: string; done: number; imported: number }): Failure {
  if (imported === 0) return failure
  const { what, why } = failure.parts
  return new Failure(failure.exit, {
    ...failure.parts,
    what,
    why: `${why}; ${imported} records were imported before`,
    next: `${failure.exit === 'interrupted' || failure.exit === 'terminated' ? '' : `${failure.next}; `}go on with \`todos import ${plain(file)} --skip ${done}\``,
  })
}

interface Source {
  text(): AsyncIterable<string>
  /** How much of the file was read, from 0 to 1; undefined for stdin. */
  share(): number | undefined
  close(): void
}

async function openSource({ world, signal }: Call, file: string): Promise<Source> {
  if (file === '-') return textOf(world.stdin(), { bytes: undefined, signal })
  const path = resolve(world.cwd, file)
  try {
    const stream = createReadStream(path)
    await once(stream, 'open')
    return textOf(stream, { bytes: (await stat(path)).size, signal })
  } catch (error) {
    throw wrongArgument(
      `${path} cannot be read: ${error instanceof Error ? plain(error.message) : 'unknown reason'}`,
      'name another file',
    )
  }
}

function textOf(stream: Readable, { bytes, signal }: { bytes: number | undefined; signal: AbortSignal }): Source {
  let read = 0
  const stop = (): unknown => stream.destroy(asFailure(signal.reason))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return {
    text: async function* () {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      for await (const chunk of stream) {
        const piece: Uint8Array = Buffer.from(chunk)
        read += piece.length
        yield decoded(decoder, piece)
      }
      yield decoded(decoder)
    },
    share: () => (bytes === undefined || bytes === 0 ? undefined : Math.min(1, read / bytes)),
    close: () => {
      signal.removeEventListener('abort', stop)
      stream.destroy()
    },
  }
}

function decoded(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined })
  } catch {
    throw wrongArgument('the file is not UTF-8 text', 'convert it')
  }
}
