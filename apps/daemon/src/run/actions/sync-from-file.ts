import { makeToDo, pagesOfToDos } from '../../api/to-dos.js'
import { Failure } from '../../failure.js'
import type { Session } from '../../session.js'
import type { FileFormat } from '../../transfer/file-format.js'
import { readRecords } from '../../transfer/records.js'
import { openTextFile } from '../../transfer/text-source.js'

interface Source {
  file: string
  format: FileFormat
  /** Of records that name none. */
  owner: string | undefined
}

/** How many different records a file may have: they are compared in memory. */
const mostRecords = 200_000

/**
 * Makes the to-dos of the file that the API does not have yet, each as often as the file has it; the same file again makes
 * nothing. What the API has besides stays.
 */
export async function syncFromFile(
  session: Session,
  source: Source,
  signal: AbortSignal,
): Promise<{ records: number; made: number }> {
  const missing = await readWanted(source, signal)
  const records = [...missing.values()].reduce((sum, count) => sum + count, 0)
  for await (const page of pagesOfToDos(session, { pageSize: 100 })) {
    for (const { owner, description } of page) crossOff(missing, keyOf(owner, description))
  }
  let made = 0
  for (const [key, count] of missing) {
    const [owner, description] = JSON.parse(key) as [string, string]
    for (let index = 0; index < count; index++) {
      await makeToDo(session, { owner, description }, session.newId())
      made++
    }
  }
  return { records, made }
}

async function readWanted({ file, format, owner }: Source, signal: AbortSignal): Promise<Map<string, number>> {
  const source = await openTextFile(file, signal)
  const wanted = new Map<string, number>()
  try {
    for await (const record of readRecords(source.text(), format)) {
      const key = keyOf(record.owner ?? owner ?? noOwner(file), record.description)
      wanted.set(key, (wanted.get(key) ?? 0) + 1)
      if (wanted.size > mostRecords) throw unusable(file, `it has more than ${mostRecords} different records`)
    }
  } finally {
    source.close()
  }
  return wanted
}

function crossOff(missing: Map<string, number>, key: string): void {
  const count = missing.get(key)
  if (count === undefined) return
  if (count > 1) missing.set(key, count - 1)
  else missing.delete(key)
}

/** GUIDs are the same in either case. */
function keyOf(owner: string, description: string): string {
  return JSON.stringify([owner.toLowerCase(), description])
}

function noOwner(file: string): never {
  throw unusable(file, 'a record has no owner, and the job names none')
}

function unusable(file: string, why: string): Failure {
  return new Failure('usage', {
    what: `${file} cannot be synchronized`,
    why,
    next: 'correct the file; every record needs a description and an owner',
  })
}
