import type { Guid } from '../guid.js'

export interface Todo {
  readonly id: number
  readonly owner: Guid
  readonly description: string
}

export interface NewTodo {
  readonly owner: Guid
  readonly description: string
}

/** In Unicode code points, as JSON Schema and SQLite's length() count, not in UTF-16 units. */
export const longestDescription = 1000

/**
 * At least one character that is not white space; no control characters, because a line break would forge lines in a
 * terminal or a log; no lone surrogates, because UTF-8 cannot store them. Needs the `u` flag. Linear in the text.
 */
export const descriptionPattern = `^(?=\\s*\\S)[^\\p{Cc}\\p{Cs}]{1,${longestDescription}}$`

/** The sentence for people whose description was refused. */
export const descriptionRule = `a text of 1 to ${longestDescription} characters that is not blank and has no control characters`

const description = new RegExp(descriptionPattern, 'u')

/** The description without surrounding white space, or undefined when it breaks `descriptionRule`. */
export function readDescription(text: unknown): string | undefined {
  return typeof text === 'string' && description.test(text) ? text.trim() : undefined
}
