import { isUtf8 } from 'node:buffer'

/** The bounds a text must keep: nesting depth of objects and lists, and members of all its objects together. */
export interface JsonLimits {
  readonly depth: number
  readonly members: number
}

export type JsonMembers = Pick<ReadonlyMap<string, unknown>, 'get' | 'has' | 'keys'>

/**
 * Reads a JSON object whose meaning no two readers can disagree about: valid UTF-8 without a byte-order mark, no member twice
 * in one object (escaped spellings included), within the limits. Throws a SyntaxError otherwise. A member named like the inside
 * of JavaScript, `__proto__` for one, is a member like any other. Does not limit the size: bound the bytes before.
 */
export function readJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonMembers {
  const text = decode(bytes)
  const written = countMembers(bytes, limits)
  const value: unknown = JSON.parse(text)
  // Of two members with one name JSON.parse keeps the last, so there are fewer than were written.
  if (countKept(value) !== written) throw new SyntaxError('The JSON has a member twice.')
  const members = membersOf(value)
  if (members === null) throw new SyntaxError('The text is not a JSON object.')
  return members
}

/** The members of a JSON object inside a text already read, or null when the value is something else. */
export function membersOf(value: unknown): JsonMembers | null {
  return isObject(value) ? new Members(value) : null
}

/** What a Map of the members would give, without making one. */
class Members implements JsonMembers {
  readonly #object: Readonly<Record<string, unknown>>

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name)
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
  }

  keys() {
    return Object.keys(this.#object).values()
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new SyntaxError('The text is not valid UTF-8.')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) throw new SyntaxError('The text begins with a byte-order mark.')
  return text
}

/**
 * One pass over the structure, before JSON.parse builds anything from it: a member is a colon outside a string. Bytes will do, as
 * no byte of a longer UTF-8 character looks like one of ASCII. On a text that is not JSON at all the pass merely has to end,
 * because JSON.parse refuses that text afterwards.
 */
function countMembers(bytes: Uint8Array, limits: JsonLimits): number {
  let depth = 0
  let members = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x22 /* " */) inString = !inString
    else if (inString) at += byte === 0x5c /* \ */ ? 1 : 0
    else if (byte === 0x3a /* : */) members++
    else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) depth++
    else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) depth--
    if (depth > limits.depth) throw new SyntaxError('The JSON is nested too deeply.')
    if (members > limits.members) throw new SyntaxError('The JSON has too many members.')
  }
  return members
}

/** The depth is bounded by then. */
function countKept(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: unknown) => sum + countKept(item), 0)
  if (!isObject(value)) return 0
  let kept = 0
  for (const name of Object.keys(value)) kept += 1 + countKept(value[name])
  return kept
}
