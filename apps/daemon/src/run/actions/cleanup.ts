import { fetchToDo, pagesOfToDos, removeToDo } from '../../api/to-dos.js'
import { Failure } from '../../failure.js'
import type { Session } from '../../session.js'
import type { Cleanup } from '../job.js'
import { fingerprintOf, seenUnchanged } from './first-seen.js'

/**
 * Deletes the to-dos whose description has a text in it, that were seen unchanged for some time, or both. One that somebody changes
 * or deletes meanwhile is left to them. The API tells no age, so a to-do's begins when the job first sees it as it is.
 */
export async function cleanUp(
  session: Session,
  cleanup: Cleanup,
  signal: AbortSignal,
): Promise<{ deleted: number } | { wouldDelete: number }> {
  // Found before anything is deleted, so that no page moves under the reader.
  const found = cleanup.age
    ? await seenUnchanged(session, { ...cleanup, age: cleanup.age }, signal)
    : await containing(session, cleanup)
  const condemned = new Map([...found].filter(([, { description }]) => hasText(description, cleanup.contains)))
  if (cleanup.dryRun) {
    for (const id of condemned.keys()) session.progress(`dry run: to-do ${id} would be deleted`)
    return { wouldDelete: condemned.size }
  }
  let deleted = 0
  for (const [id, { fingerprint }] of condemned) if (await removed(session, id, { ...cleanup, fingerprint })) deleted++
  return { deleted }
}

/** `fingerprint`: how a to-do has to be still, if that matters. */
async function containing(
  session: Session,
  { owner, contains }: Cleanup,
): Promise<ReadonlyMap<number, { description: string; fingerprint: string | undefined }>> {
  const found = new Map<number, { description: string; fingerprint: undefined }>()
  for await (const page of pagesOfToDos(session, { owner, contains, pageSize: 100 }))
    for (const { id, description } of page) found.set(id, { description, fingerprint: undefined })
  return found
}

// An API that does not know the filter, or takes it more widely, sends more than is to be deleted.
function hasText(description: string, text: string | undefined): boolean {
  return text === undefined || description.includes(text)
}

async function removed(
  session: Session,
  id: number,
  { contains, fingerprint }: { contains: string | undefined; fingerprint: string | undefined },
): Promise<boolean> {
  try {
    const { toDo, etag } = await fetchToDo(session, id)
    if (!hasText(toDo.description, contains)) return false
    if (fingerprint !== undefined && fingerprintOf(toDo) !== fingerprint) return false
    await removeToDo(session, id, etag)
    return true
  } catch (error) {
    if (error instanceof Failure && (error.exit === 'notFound' || error.exit === 'conflict')) return false
    throw error
  }
}
