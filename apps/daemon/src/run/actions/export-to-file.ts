import { writeFailure } from '../../file-failure.js'
import type { Session } from '../../session.js'
import type { FileFormat } from '../../transfer/file-format.js'
import { writeWholeFile } from '../../transfer/whole-file.js'
import { writeToDos } from '../../transfer/write-to-dos.js'

/** Replaces the file as a whole: a reader sees the last complete export or this one. */
export async function exportToFile(
  session: Session,
  { file, format, owner }: { file: string; format: FileFormat; owner: string | undefined },
): Promise<{ exported: number }> {
  let exported = 0
  const reached = (written: number): void => {
    exported = written
  }
  try {
    await writeWholeFile(file, session.newId(), (pieces) => writeToDos(session, pieces, { format, owner, reached }))
  } catch (error) {
    throw writeFailure(file, error)
  }
  return { exported }
}
