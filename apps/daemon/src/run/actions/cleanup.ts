import { fetchToDo, pagesOfToDos, removeToDo } from '../../api/to-dos.js'
import { Failure } from '../../failure.js'
import type { Session } from '../../session.js'

/**
 * Deletes the to-dos whose description has a text in it. One that somebody changes or deletes meanwhile is left to them.
 */
export async function cleanUp(
  session: Session,
  { contains, owner }: { contains: string; owner: string | undefined },
): Promise<{ deleted: number }> {
  const ids: number[] = []
  // Listed before anything is deleted, so that no page moves under the reader.
  for await (const page of pagesOfToDos(session, { owner, contains, pageSize: 100 }))
    for (const { id, description } of page) if (hasText(description, contains)) ids.push(id)
  let deleted = 0
  for (const id of ids) if (await removed(session, id, contains)) deleted++
  return { deleted }
}

// An API that does not know the filter, or takes it more widely, sends more than is to be deleted.
function hasText(description: string, text: string): boolean {
  return description.includes(text)
}

async function removed(session: Session, id: number, contains: string): Promise<boolean> {
  try {
    const { toDo, etag } = await fetchToDo(session, id)
    if (!hasText(toDo.description, contains)) return false
    await removeToDo(session, id, etag)
    return true
  } catch (error) {
    if (error instanceof Failure && (error.exit === 'notFound' || error.exit === 'conflict')) return false
    throw error
  }
}
