import { isJsonObject, parseJson } from '../outside-text.js'

export interface ToDo {
  id: number
  /** GUID of the user the to-do belongs to. */
  owner: string
  description: string
}

/** The to-dos of a JSON text, reduced to their three members; otherwise the sentence that says what is wrong. */
export function readToDos(text: string): ToDo[] | { problem: string } {
  const list = parseJson(text)
  if (list === undefined) return { problem: 'its answer is not JSON' }
  if (!Array.isArray(list)) return { problem: 'its answer is not a JSON array' }
  const toDos = list.map(toToDo)
  const stranger = toDos.indexOf(undefined)
  if (stranger >= 0) return { problem: `element ${stranger} of its answer is not a to-do` }
  return toDos.filter((toDo) => toDo !== undefined)
}

/** The to-do of a JSON text, reduced to its three members; undefined when it is something else. */
export function readToDo(text: string): ToDo | undefined {
  return toToDo(parseJson(text))
}

/** Whether a text is a GUID, written 8-4-4-4-12. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

function toToDo(value: unknown): ToDo | undefined {
  if (!isJsonObject(value)) return undefined
  const { id, owner, description } = value
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return undefined
  if (typeof owner !== 'string' || !isGuid(owner)) return undefined
  return typeof description === 'string' ? { id, owner, description } : undefined
}
