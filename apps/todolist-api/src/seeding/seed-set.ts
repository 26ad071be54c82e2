import { readGuid } from '../guid.js'
import { descriptionRule, type NewTodo, readDescription } from '../todos/todo.js'

/** In bytes. */
export const longestSeed = 16 * 1024 * 1024

/** The text is not a set of to-dos; the message names the first element that is wrong, counted from 0. */
export class SeedRefused extends Error {}

/** Reads the whole set or refuses the whole set. */
export function readSeedSet(bytes: Uint8Array): NewTodo[] {
  const elements = parseJson(bytes)
  if (!Array.isArray(elements)) throw new SeedRefused('the set is not a JSON array')
  return elements.map((element: unknown, index) => readElement(element, index))
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's message quotes the text, which is not ours to print.
    throw new SeedRefused('the set is not JSON in UTF-8')
  }
}

function readElement(element: unknown, index: number): NewTodo {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw new SeedRefused(`element ${index} is not an object with owner and description`)
  }
  const { owner, description, ...unknown } = { owner: undefined, description: undefined, ...element }
  if (Object.keys(unknown).length > 0)
    throw new SeedRefused(`element ${index} has members besides owner and description`)
  const ownerId = typeof owner === 'string' ? readGuid(owner) : undefined
  if (ownerId === undefined) throw new SeedRefused(`the owner of element ${index} is not a GUID`)
  const words = readDescription(description)
  if (words === undefined) throw new SeedRefused(`the description of element ${index} is not ${descriptionRule}`)
  return { owner: ownerId, description: words }
}
