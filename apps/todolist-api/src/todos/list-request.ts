import type { Caller } from '@tenantry/entra-token'
import { type Guid, readGuid } from '../guid.js'
import { RequestRefused } from '../problem/problem.js'
import { readCursor } from './cursor.js'
import type { Filter } from './filter.js'

export const longestPage = 100
/** In characters. */
export const longestSearch = 100

export interface ListRequest extends Filter {
  /** Absent: the whole list. */
  readonly limit: number | undefined
  /** The list begins with the first id that is greater. */
  readonly after: number
}

/** Reads the query of a list. Throws RequestRefused (400) for what it does not know, so that a typo is no other list. */
export function readListRequest(query: unknown, caller: Caller): ListRequest {
  const given = new Map(Object.entries(Object(query)))
  const owner = take(given, 'owner', readOwner)
  const text = take(given, 'q', readText)
  const limit = take(given, 'limit', readLimit)
  const after = take(given, 'cursor', (cursor) => readCursor(cursor, caller, { owner, text })) ?? 0
  const [unknown] = given.keys()
  if (unknown !== undefined) throw invalidQuery('The list has the parameters limit, cursor, owner and q, and no other.')
  return { owner, text, limit: limit ?? (after > 0 ? longestPage : undefined), after }
}

function take<Value>(given: Map<string, unknown>, name: string, read: (text: string) => Value): Value | undefined {
  const value = given.get(name)
  if (!given.delete(name)) return undefined
  if (typeof value !== 'string') throw invalidQuery(`The parameter ${name} was sent twice.`)
  return read(value)
}

function readOwner(text: string): Guid {
  const owner = readGuid(text)
  if (owner === undefined) throw invalidQuery('The parameter owner must be a GUID, written 8-4-4-4-12 with hyphens.')
  return owner
}

function readText(text: string): string {
  if (text.trim() === '' || text.length > longestSearch) {
    throw invalidQuery(`The parameter q must be a text of 1 to ${longestSearch} characters that is not blank.`)
  }
  return text.toLowerCase()
}

function readLimit(text: string): number {
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.NaN
  if (!(limit <= longestPage)) throw invalidQuery(`The parameter limit must be a number from 1 to ${longestPage}.`)
  return limit
}

function invalidQuery(detail: string): RequestRefused {
  return new RequestRefused({ status: 400, code: 'invalid_query', detail })
}
