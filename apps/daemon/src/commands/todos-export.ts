import { resolve } from 'node:path'
import { asFailure, Failure } from '../failure.js'
import { fileReason } from '../file-failure.js'
import { print } from '../output/print.js'
import { plain } from '../outside-text.js'
import { fileFormat } from '../transfer/file-format.js'
import { transferProgress } from '../transfer/progress.js'
import { type Pieces, writeWholeFile } from '../transfer/whole-file.js'
import { writeToDos } from '../transfer/write-to-dos.js'
import { guidOption } from './arguments.js'
import type { Call, Result } from './command.js'

export async function exportToDos(call: Call): Promise<Result> {
  const [file = '-'] = call.positionals
  const owner = guidOption(call, 'owner')
  const format = fileFormat(call.options.get('format'), file)
  const progress = transferProgress('exported', call.reporter, call.world.now)
  let exported = 0
  const reached = (written: number): void => {
    exported = written
    progress.reached(written)
  }
  const fill = (pieces: Pieces): Promise<void> =>
    call.inSession((session) => writeToDos(session, pieces, { format, owner, reached }))
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
    why: fileReason(error),
    next: 'name a file in a folder that exists and that the current user may write to',
  })
}
