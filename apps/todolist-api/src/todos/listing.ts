import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Reach, TodoStore, TodosText } from '../store/todo-store.js'
import type { Todo } from './todo.js'

/** What to list: within reach, and with this text in the description when there is one, in lower case. */
export interface Listed {
  readonly reach: Reach
  readonly text: string | undefined
  readonly after: number
}

export interface Page {
  readonly todos: readonly Todo[]
  /** The next page lists what comes after this id; absent on the last page. */
  readonly next: number | undefined
}

/** How many to-dos are read at a time. So few that a request that arrives meanwhile hardly waits. */
const portion = 500

/** A search gives up after so many to-dos and says where to go on, so that no request reads the whole store. */
const longestScan = 10_000

/** One page. With a text it may hold fewer than `limit` to-dos, even none, though there is a next page. */
export async function pageOf(store: TodoStore, listed: Listed, limit: number): Promise<Page> {
  if (listed.text !== undefined) return search(store, listed, listed.text, limit)
  const rows = await store.page(listed.reach, listed.after, limit + 1)
  const todos = rows.slice(0, limit)
  return { todos, next: rows.length > limit ? todos.at(-1)?.id : undefined }
}

async function search(store: TodoStore, { reach, after }: Listed, text: string, limit: number): Promise<Page> {
  const todos: Todo[] = []
  let last = after
  for (let scanned = 0; scanned < longestScan; scanned += portion) {
    const rows = await store.page(reach, last, portion)
    for (const todo of rows) {
      if (!has(todo, text)) continue
      if (todos.length === limit) return { todos, next: todos.at(-1)?.id }
      todos.push(todo)
    }
    if (rows.length < portion) return { todos, next: undefined }
    last = rows.at(-1)?.id ?? last
    await nextTurn()
  }
  return { todos, next: last }
}

/**
 * The whole list as JSON: a text when it is short, else a stream that holds one portion in memory at a time and lets other
 * requests in between. A stream is no snapshot: what is written meanwhile may be in it or not.
 */
export async function wholeList(store: TodoStore, { reach, text, after }: Listed): Promise<string | Readable> {
  const read = (last: number) => (text === undefined ? store.pageText(reach, last, portion) : matches(last, text))
  const matches = async (last: number, wanted: string): Promise<TodosText> => {
    const rows = await store.page(reach, last, portion)
    const json = JSON.stringify(rows.filter((todo) => has(todo, wanted)))
    return { json, count: rows.length, last: rows.at(-1)?.id ?? last }
  }
  const first = await read(after)
  return first.count < portion ? first.json : Readable.from(jsonOf(first, read))
}

async function* jsonOf(first: TodosText, read: (after: number) => Promise<TodosText>): AsyncGenerator<string, void> {
  let before = '['
  for (let next = first; ; next = await read(next.last)) {
    if (next.json !== '[]') {
      yield `${before}${next.json.slice(1, -1)}`
      before = ','
    }
    if (next.count < portion) break
    // A store in this process answers without ever waiting: without a turn of the loop nobody else would get one.
    await nextTurn()
  }
  yield before === '[' ? '[]' : ']'
}

function has(todo: Todo, text: string): boolean {
  return todo.description.toLowerCase().includes(text)
}
