import { Buffer, isAscii, isUtf8 } from 'node:buffer'

/** The bounds a text must keep: nesting depth of objects and lists, and members of all its objects together. */
export interface JsonLimits {
  readonly depth: number
  readonly members: number
}

/** The members of a JSON object and nothing inherited. */
export type JsonMembers = Readonly<Record<string, unknown>>

/**
 * Reads a JSON object whose meaning no two readers can disagree about: valid UTF-8 without a byte-order mark, no member twice
 * in one object (escaped spellings included), within the limits. Throws a SyntaxError otherwise. A member named like the inside
 * of JavaScript, `__proto__` for one, is a member like any other. Does not limit the size: bound the bytes before.
 */
export function readJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonMembers {
  const text = decode(bytes)
  const written = countMembers(bytes, limits)
  const members = membersOf(JSON.parse(text))
  if (members === null) throw new SyntaxError('The text is not a JSON object.')
  // Of two members with one name JSON.parse keeps the last, so there are fewer than were written.
  if (countKept(members) !== written) throw new SyntaxError('The JSON has a member twice.')
  return members
}

/** The members of a JSON object inside a text already read, or null when the value is something else. Changes the value. */
export function membersOf(value: unknown): JsonMembers | null {
  if (!isObject(value)) return null
  Object.setPrototypeOf(value, null)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decode(bytes: Uint8Array): string {
  // Claims hardly ever have other characters, and these two cost half as much as the two below.
  if (isAscii(bytes)) return bufferOf(bytes).toString('latin1')
  if (!isUtf8(bytes)) throw new SyntaxError('The text is not valid UTF-8.')
  const text = bufferOf(bytes).toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) throw new SyntaxError('The text begins with a byte-order mark.')
  return text
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * One pass over the structure, before JSON.parse builds anything from it: a member is a colon outside a string. Bytes will do, as
 * no byte of a longer UTF-8 character looks like one of ASCII. On a text that is not JSON at all the pass merely has to end,
 * because JSON.parse refuses that text afterwards.
 */
function countMembers(bytes: Uint8Array, limits: JsonLimits): number {
  let depth = 0
  let members = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x22 /* " */) {
      at = endOfString(bytes, at)
    } else if (byte === 0x3a /* : */) {
      if (++members > limits.members) throw new SyntaxError('The JSON has too many members.')
    } else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) {
      if (++depth > limits.depth) throw new SyntaxError('The JSON is nested too deeply.')
    } else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) depth--
  }
  return members
}

/** Where the string that begins here ends: at its second quote, or behind a text that has none. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x22 /* " */) return at
    if (byte === 0x5c /* \ */) at++
  }
  return at
}

/** The members of a value and of all in it, without what some program put on every object. The depth is bounded by then. */
function countKept(value: unknown): number {
  const items: readonly unknown[] = isObject(value) ? Object.values(value) : Array.isArray(value) ? value : []
  let kept = isObject(value) ? items.length : 0
  for (const item of items) if (typeof item === 'object') kept += countKept(item)
  return kept
}
