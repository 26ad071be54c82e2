import { StoreUnavailable } from '../todo-store.js'

/** Does the work; when another process kept the file locked for longer than we wait, throws StoreUnavailable. */
export function whenBusy<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') {
      throw new StoreUnavailable('another program keeps the database file locked', { cause: error })
    }
    throw error
  }
}
