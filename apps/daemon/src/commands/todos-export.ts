import { resolve } from 'node:path'
import type { ToDo } from '../api/to-do.js'
import { pagesOfToDos } from '../api/to-dos.js'
import { asFailure, Failure } from '../failure.js'
import { csvLine } from '../output/csv.js'
import { print } from '../output/print.js'
import { plain } from '../outside-text.js'
import { type FileFormat, fileFormat } from '../transfer/file-format.js'
import { transferProgress } from '../transfer/progress.js'
import { type Pieces, writeWholeFile } from '../transfer/whole-file.js'
import { guidOption } from './arguments.js'
import type { Call, Result } from './command.js'

/** Page after page, so that the memory it takes does not grow with the list. */
export async function exportToDos(call: Call): Promise<Result> {
  const [file = '-'] = call.positionals
  const owner = guidOption(call, 'owner')
  const format = fileFormat(call.options.get('format'), file)
  const progress = transferProgress('exported', call.reporter, call.world.now)
  let exported = 0
  const fill = (pieces: Pieces): Promise<void> =>
    call.inSession(async (session) => {
      await pieces.write(frames[format].head)
      for await (const page of pagesOfToDos(session, { owner, pageSize: 100 })) {
        await pieces.write(page.map((toDo, index) => frames[format].record(toDo, exported + index)).join(''))
        exported += page.length
        progress.reached(exported)
      }
      await pieces.write(frames[format].foot)
    })
  try {
    if (file === '-') await fill({ write: (text) => print(call.world.stdout, text) })
    else await writeWholeFile(resolve(call.world.cwd, file), call.world.newId(), fill)
  } catch (error) {
    throw howFar(error, { file, exported })
  }
  if (file !== '-') return { value: { file, exported } }
  call.reporter.note(`exported ${exported} to-dos`)
  return { value: undefined }
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

function howFar(error: unknown, { file, exported }: { file: string; exported: number }): Failure {
  const failure = error instanceof Failure || !isFileError(error) ? asFailure(error) : unwritable(file, error)
  if (exported === 0) return failure
  const kept = file === '-' ? 'stdout ends in the middle' : `${plain(file)} is as it was before`
  return new Failure(failure.exit, {
    ...failure.parts,
    why: `${failure.parts.why}; ${exported} to-dos were read, ${kept}`,
    next:
      failure.exit === 'interrupted' || failure.exit === 'terminated'
        ? 'run the command again; an export starts from the beginning'
        : failure.next,
  })
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

function unwritable(file: string, error: Error): Failure {
  return new Failure('usage', {
    what: `cannot write ${plain(file)}`,
    why: plain(error.message),
    next: 'name a file in a folder that exists and that the current user may write to',
  })
}
