/** The bounds a text must keep: nesting depth of objects and lists, and members of all its objects together. */
export interface JsonLimits {
  readonly depth: number
  readonly members: number
}

export type JsonMembers = ReadonlyMap<string, unknown>

/**
 * Reads a JSON object whose meaning no two readers can disagree about: valid UTF-8 without a byte-order mark, no member twice
 * in one object (escaped spellings included), within the limits. Throws a SyntaxError otherwise. The members come as a Map, so
 * a name like `__proto__` is a name like any other. Does not limit the size: bound the bytes before.
 */
export function readJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonMembers {
  const text = decode(bytes)
  new Scan(text, limits).run()
  const value: unknown = JSON.parse(text)
  const members = membersOf(value)
  if (members === null) throw new SyntaxError('The text is not a JSON object.')
  return members
}

/** The members of a JSON object inside a text already read, or null when the value is something else. */
export function membersOf(value: unknown): JsonMembers | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return new Map(Object.entries(value))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new SyntaxError('The text is not valid UTF-8.')
  }
}

/**
 * One pass over the structure, before JSON.parse builds anything from it. It looks only for what JSON.parse lets through;
 * on a text that is not JSON at all it merely has to end, because JSON.parse refuses that text afterwards.
 */
class Scan {
  readonly #text: string
  readonly #limits: JsonLimits
  /** For each open bracket: the names seen in that object, or null for a list. */
  readonly #open: (Set<string> | null)[] = []
  #members = 0
  #nameNext = false

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  run(): void {
    const text = this.#text
    for (let at = 0; at < text.length; at++) {
      switch (text.charCodeAt(at)) {
        case 0x22 /* " */:
          at = this.#string(at)
          break
        case 0x7b /* { */:
          this.#enter(new Set())
          break
        case 0x5b /* [ */:
          this.#enter(null)
          break
        case 0x7d /* } */:
        case 0x5d /* ] */:
          this.#open.pop()
          this.#nameNext = false
          break
        case 0x2c /* , */:
          this.#nameNext = this.#open.at(-1) instanceof Set
          break
        default:
      }
    }
  }

  #enter(names: Set<string> | null): void {
    if (this.#open.length >= this.#limits.depth) throw new SyntaxError('The JSON is nested too deeply.')
    this.#open.push(names)
    this.#nameNext = names !== null
  }

  /** Returns where the string that begins at `start` ends. */
  #string(start: number): number {
    const end = closingQuote(this.#text, start)
    const names = this.#open.at(-1)
    if (this.#nameNext && names instanceof Set) this.#name(names, this.#text.slice(start, end + 1))
    this.#nameNext = false
    return end
  }

  #name(names: Set<string>, quoted: string): void {
    const name: unknown = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)
    if (typeof name !== 'string' || names.has(name)) throw new SyntaxError('The JSON has a member twice.')
    names.add(name)
    if (++this.#members > this.#limits.members) throw new SyntaxError('The JSON has too many members.')
  }
}

function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    if (!isEscaped(text, at)) return at
  }
  return text.length
}

/** An odd number of backslashes before the character escapes it. */
function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++
  return slashes % 2 === 1
}
