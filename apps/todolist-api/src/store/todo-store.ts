import type { Guid } from '../guid.js'
import type { NewTodo, Todo } from '../todos/todo.js'

/** Which to-dos a caller can see and change. What lies outside does not exist for that caller. */
export type Reach = 'everything' | { readonly owner: Guid }

export interface SeedOutcome {
  /** False when a set of this name was applied before; then nothing was written. */
  readonly applied: boolean
  /** How many to-dos the set brought when it was applied. */
  readonly count: number
}

/**
 * Where the to-dos live. Every back end passes tests/store/store-conformance.ts.
 *
 * A promise that resolved is a promise kept: what was acknowledged survives the end of the process and of the machine.
 * Ids are positive, grow with time and are never given twice, not even after a deletion.
 * Not checked here: permissions, and the shape of owner and description (see ../todos).
 */
export interface TodoStore {
  /** Ascending by id. */
  list(reach: Reach): Promise<Todo[]>
  find(id: number, reach: Reach): Promise<Todo | undefined>
  create(todo: NewTodo): Promise<Todo>
  /** The changed to-do, or undefined when there is none within reach. */
  describe(id: number, description: string, reach: Reach): Promise<Todo | undefined>
  /** False when there is none within reach. */
  remove(id: number, reach: Reach): Promise<boolean>
  /** Adds the whole named set, once in the life of the database, or nothing at all. */
  seed(name: string, todos: readonly NewTodo[]): Promise<SeedOutcome>
  /** Resolves when the store can answer a query. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The store cannot be used; the message says which, why and what to do. */
export class StoreUnusable extends Error {}
