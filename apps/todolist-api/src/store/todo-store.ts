import type { Guid } from '../guid.js'
import type { NewTodo, Todo } from '../todos/todo.js'

/** Which to-dos a caller can see and change. What lies outside does not exist for that caller. */
export type Reach = 'everything' | { readonly owner: Guid }

/** A to-do and how often it was written: 1 when it was made, one more with each change. */
export interface StoredTodo {
  readonly todo: Todo
  readonly version: number
}

/** To-dos as they are sent, so that nobody has to read and write them again on the way. */
export interface TodosText {
  /** A JSON array, without white space between its parts. */
  readonly json: string
  readonly count: number
  /** The id of the last; 0 when there is none. */
  readonly last: number
}

/** The version a caller believes to change. */
export type Expected = number | 'any'

/** Names one request, so that sending it twice does it once. Both are SHA-256 in hexadecimal. */
export interface RequestKey {
  /** Of the caller, the route and the key the caller chose. */
  readonly key: string
  /** Of what the request asks for: the same key with another one is a mistake of the caller. */
  readonly fingerprint: string
}

export type CreatedOnce =
  | { readonly kind: 'created' | 'repeated'; readonly stored: StoredTodo }
  /** The key belongs to a request that asked for something else. */
  | { readonly kind: 'other-request' }
  /** A request with this key is under way in another process, and took too long to wait for. */
  | { readonly kind: 'running' }

export interface SeedOutcome {
  /** False when a set of this name was applied before; then nothing was written. */
  readonly applied: boolean
  /** How many to-dos the set brought when it was applied. */
  readonly count: number
}

/** What opening a store did to its schema. */
export interface MigrationOutcome {
  /** The numbers applied now, in order; empty when the schema was current. */
  readonly applied: readonly number[]
  readonly current: number
}

/** In milliseconds: how long a request key is remembered, at least. */
export const keyLifetime = 24 * 60 * 60 * 1000

/**
 * Where the to-dos live. Every back end passes tests/store/store-conformance.ts.
 *
 * A promise that resolved is a promise kept: what was acknowledged survives the end of the process, SIGKILL included. In a
 * power cut PostgreSQL keeps it as well; SQLite may lose the last writes, never part of one.
 * Ids are positive safe integers, and among the to-dos of one owner they grow with time.
 * Every method rejects with StoreUnavailable while the store cannot answer at all; trying again later may help.
 * Not checked here: permissions, and the shape of owner and description (see ../todos).
 */
export interface TodoStore {
  /** At most `limit` to-dos whose id is greater than `after`, ascending by id. Costs the same wherever it starts. */
  page(reach: Reach, after: number, limit: number): Promise<Todo[]>
  /** What `page` answers, as text. */
  pageText(reach: Reach, after: number, limit: number): Promise<TodosText>
  find(id: number, reach: Reach): Promise<StoredTodo | undefined>
  create(todo: NewTodo): Promise<StoredTodo>
  /** Creates the to-do and remembers the key in one transaction; a known key answers what it answered before. */
  createOnce(todo: NewTodo, request: RequestKey): Promise<CreatedOnce>
  /** The changed to-do; `stale` when its version is another one; undefined when there is none within reach. */
  describe(id: number, description: string, reach: Reach, expected: Expected): Promise<StoredTodo | 'stale' | undefined>
  /** As `describe`. */
  remove(id: number, reach: Reach, expected: Expected): Promise<'removed' | 'stale' | undefined>
  /** Adds the whole named set, once in the life of the database, or nothing at all. */
  seed(name: string, todos: readonly NewTodo[]): Promise<SeedOutcome>
  /** Drops at most a thousand request keys that outlived `keyLifetime`; says how many. */
  forgetOldKeys(): Promise<number>
  /** Resolves when the store can answer a query. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface OpenedStore {
  readonly store: TodoStore
  readonly migration: MigrationOutcome
}

/** The store cannot be opened; the message says which, why and what to do. */
export class StoreUnusable extends Error {}

/** The store does not answer now: it is down, overloaded, or somebody holds what this request needs. */
export class StoreUnavailable extends Error {}
