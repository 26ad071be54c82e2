import type { GraphClient } from './graph/client.js'
import { GraphError } from './graph/error.js'

export interface Recorded {
  readonly uniqueName: string
  readonly appId: string
  readonly objectId: string
}

export interface DestroyOptions {
  /** Also delete them for good, instead of leaving them among the deleted items for 30 days. */
  readonly purge: boolean
  /** Called right after an application is gone. */
  readonly onGone: (application: Recorded, found: boolean) => Promise<void> | void
}

/**
 * Deletes the applications of a record, by object id and nothing else: not by name, which others may bear too. Their
 * service principals go with them. One that is gone already counts as deleted. Last recorded, first deleted.
 */
export async function destroy(
  graph: GraphClient,
  recorded: readonly Recorded[],
  { purge, onGone }: DestroyOptions,
): Promise<void> {
  for (const application of recorded.toReversed()) {
    const id = encodeURIComponent(application.objectId)
    const found = await remove(graph, `/applications/${id}`, false)
    // A moment ago it was no deleted item yet.
    if (purge) await remove(graph, `/directory/deletedItems/${id}`, found)
    await onGone(application, found)
  }
}

async function remove(graph: GraphClient, path: string, settling: boolean): Promise<boolean> {
  try {
    await graph.send({ method: 'DELETE', path, settling })
    return true
  } catch (error) {
    if (error instanceof GraphError && error.status === 404 && error.code === 'Request_ResourceNotFound') return false
    throw error
  }
}
