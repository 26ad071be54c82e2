import type { Session } from '../../session.js'
import type { Action } from '../job.js'
import { cleanUp } from './cleanup.js'
import { exportToFile } from './export-to-file.js'
import { syncFromFile } from './sync-from-file.js'

/** What was done, in numbers, for the log. */
export type Done = Readonly<Record<string, number>>

/** Does what a job is for. Rejects with a `Failure`; `signal` ends it in the middle. */
export function perform(action: Action, session: Session, signal: AbortSignal): Promise<Done> {
  switch (action.kind) {
    case 'export':
      return exportToFile(session, action)
    case 'sync':
      return syncFromFile(session, action, signal)
    case 'cleanup':
      return cleanUp(session, action, signal)
  }
}
