import type { ToDo } from '../api/to-do.js'
import { type ListFilter, pagesOfToDos } from '../api/to-dos.js'
import { csvLine } from '../output/csv.js'
import type { Session } from '../session.js'
import type { FileFormat } from './file-format.js'
import type { Pieces } from './whole-file.js'

/** Writes all to-dos, page after page, so that the memory it takes does not grow with the list. */
export async function writeToDos(
  session: Session,
  pieces: Pieces,
  { format, owner, reached }: { format: FileFormat; owner: ListFilter['owner']; reached: (written: number) => void },
): Promise<void> {
  let written = 0
  await pieces.write(frames[format].head)
  for await (const page of pagesOfToDos(session, { owner, pageSize: 100 })) {
    await pieces.write(page.map((toDo, index) => frames[format].record(toDo, written + index)).join(''))
    written += page.length
    reached(written)
  }
  await pieces.write(frames[format].foot)
}

interface FileFrame {
  head: string
  record: (toDo: ToDo, place: number) => string
  foot: string
}

const frames: Readonly<Record<FileFormat, FileFrame>> = {
  ndjson: { head: '', record: (toDo) => `${JSON.stringify(toDo)}\n`, foot: '' },
  json: { head: '[', record: (toDo, place) => `${place === 0 ? '' : ','}\n  ${JSON.stringify(toDo)}`, foot: '\n]\n' },
  csv: {
    head: csvLine(['id', 'owner', 'description']),
    record: ({ id, owner, description }) => csvLine([id, owner, description]),
    foot: '',
  },
}
