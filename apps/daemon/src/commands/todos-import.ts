import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { makeToDo } from '../api/to-dos.js'
import { asFailure, Failure } from '../failure.js'
import { plain } from '../outside-text.js'
import type { Session } from '../session.js'
import { fileFormat } from '../transfer/file-format.js'
import { transferProgress } from '../transfer/progress.js'
import { readRecords, type ToDoRecord } from '../transfer/records.js'
import { openTextFile, type TextSource, textOf } from '../transfer/text-source.js'
import { guidOption, numberOption } from './arguments.js'
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

function openSource({ world, signal }: Call, file: string): Promise<TextSource> {
  if (file === '-') return Promise.resolve(textOf(world.stdin(), { bytes: undefined, signal }))
  return openTextFile(resolve(world.cwd, file), signal)
}
