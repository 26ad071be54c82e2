export interface Todo {
  readonly id: number
  readonly description: string
}

/** A to-do with the version that the API gave it (its ETag), where that is known: a list does not tell. */
export interface Versioned {
  readonly todo: Todo
  readonly version: string | undefined
}

export interface TodoPage {
  readonly todos: readonly Todo[]
  /** Address of the next page. */
  readonly next: string | undefined
}

/** What the API takes (apps/todolist-api, schemas.ts). */
export const longestDescription = 1000

/** Throws for an answer that is not a to-do: what the page shows came from where it thinks. */
export function readTodo(value: unknown): Todo {
  if (typeof value === 'object' && value !== null && 'id' in value && 'description' in value) {
    const { id, description } = value
    if (typeof id === 'number' && Number.isSafeInteger(id) && typeof description === 'string')
      return { id, description }
  }
  throw new Error('The API answered with something that is not a to-do.')
}

export function readTodos(value: unknown): Todo[] {
  if (Array.isArray(value)) return value.map(readTodo)
  throw new Error('The API answered with something that is not a list of to-dos.')
}
