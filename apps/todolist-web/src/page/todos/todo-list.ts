import { Refusal } from './refusal.js'
import type { Versioned } from './to-do.js'
import type { TodoApi } from './todo-api.js'

/** What the page knows of the user's to-dos. */
export interface Known {
  readonly items: readonly Versioned[]
  /** Address of what has not been fetched yet. */
  readonly next: string | undefined
}

/** How a change ended: made, or not, because the to-do is another one by now. `there`: as it is; null: it is gone. */
export type Outcome = { readonly made: Versioned } | { readonly there: Versioned | null }

export async function firstPage(api: TodoApi): Promise<Known> {
  return extended({ items: [], next: undefined }, api)
}

export async function extended({ items, next }: Known, api: TodoApi): Promise<Known> {
  const page = await api.list(next)
  const fetched = page.todos.map((todo) => ({ todo, version: undefined }))
  return { items: merged(items, fetched), next: page.next }
}

/** In the API's order, each once; what `newer` says of a to-do counts. */
export function merged(items: readonly Versioned[], newer: readonly Versioned[]): Versioned[] {
  const all = new Map([...items, ...newer].map((item) => [item.todo.id, item]))
  return [...all.values()].sort((one, other) => one.todo.id - other.todo.id)
}

export const without = (items: readonly Versioned[], id: number) => items.filter(({ todo }) => todo.id !== id)

/** Changes the to-do if it still has the version that `shown` has; without one, if it still reads as it is shown. */
export async function describe(api: TodoApi, shown: Versioned, description: string): Promise<Outcome> {
  const outcome = await change(api, shown, async (version) => ({
    made: await api.describe(shown.todo.id, description, version),
  }))
  // It reads as it is to read: an earlier try was carried out, and its answer lost.
  if ('there' in outcome && outcome.there?.todo.description === description) return { made: outcome.there }
  return outcome
}

/** Deletes it on the same condition. */
export async function remove(api: TodoApi, shown: Versioned): Promise<Outcome> {
  return change(api, shown, async (version) => {
    await api.remove(shown.todo.id, version)
    return { made: shown }
  })
}

async function change(api: TodoApi, shown: Versioned, make: (version: string) => Promise<Outcome>): Promise<Outcome> {
  try {
    const { todo, version } = shown.version === undefined ? await api.read(shown.todo.id) : shown
    if (version === undefined) throw new Error('The API gave the to-do no version.')
    if (todo.description !== shown.todo.description) return { there: { todo, version } }
    return await make(version)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 404) return { there: null }
    if (error.status !== 412) throw error
    return { there: await readIfThere(api, shown.todo.id) }
  }
}

async function readIfThere(api: TodoApi, id: number): Promise<Versioned | null> {
  try {
    return await api.read(id)
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null
    throw error
  }
}
