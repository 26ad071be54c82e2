import { createHash } from 'node:crypto'
import type { Condition } from '../../directory/condition.js'
import type { Position, Sorting } from '../../directory/listing.js'
import { GraphRefusal } from '../errors.js'
import { type Filterable, needsAdvanced, readFilter } from './filter.js'
import { readSearch } from './search.js'

/** What a caller asks of a list. */
export interface ListOptions {
  readonly where: Condition | null
  readonly sorting: readonly Sorting[]
  readonly top: number
  readonly after: Position | null
  /** Whether the number of all that is found is wanted too. */
  readonly counted: boolean
  /** Makes the `$skiptoken` of the next page. */
  tokenFor(position: Position): string
}

const known = new Set([
  '$select',
  '$filter',
  '$top',
  '$skiptoken',
  '$expand',
  '$orderby',
  '$count',
  '$search',
  '$format',
])
const ofOneObject = new Set(['$select', '$expand', '$format'])

/** Refuses a system query option that would otherwise be ignored without a word. */
export function checkQueryOptions(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (!name.startsWith('$') || known.has(name)) continue
    throw new GraphRefusal(400, 'BadRequest', `The query option ${name.slice(0, 32)} is not offered by this tenant.`)
  }
}

/** One object is neither filtered nor sorted. */
export function checkOptionsOfOne(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (!name.startsWith('$') || ofOneObject.has(name)) continue
    throw new GraphRefusal(
      400,
      'BadRequest',
      `Query option '${name.slice(0, 32)}' was not found or cannot be applied to a single object.`,
    )
  }
}

/** Reads what a list is asked for. `eventual`: the header `ConsistencyLevel: eventual` was sent. Throws GraphRefusal. */
export function readListOptions(query: URLSearchParams, type: Filterable, eventual: boolean): ListOptions {
  const counted = readCount(query)
  const advanced = eventual && counted
  const [filter, search] = [query.get('$filter'), query.get('$search')]
  const sorting = readSorting(query.get('$orderby'), type)
  if (filter !== null && sorting.length > 0 && !advanced) {
    throw new GraphRefusal(400, 'Request_UnsupportedQuery', 'Sorting not supported for current query.')
  }
  if (search !== null && !eventual) {
    throw new GraphRefusal(
      400,
      'Request_UnsupportedQuery',
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    )
  }
  const conditions = [
    ...(filter === null ? [] : [readFilter(filter, type, advanced)]),
    ...(search === null ? [] : [readSearch(search, type.fields)]),
  ]
  const seal = sealOf(query)
  return {
    where: conditions.length > 1 ? { kind: 'all', of: conditions } : (conditions[0] ?? null),
    sorting,
    top: readTop(query),
    after: readPosition(query.get('$skiptoken'), seal, sorting.length + 1),
    // Without the header Graph does not count, and says nothing of it.
    counted: advanced,
    tokenFor: (position) => Buffer.from(JSON.stringify([seal, ...position])).toString('base64url'),
  }
}

/** For `/$count`, which is an advanced query in itself. Throws GraphRefusal. */
export function readCountOptions(query: URLSearchParams, type: Filterable, eventual: boolean): Condition | null {
  if (!eventual) throw needsAdvanced('Count')
  const options = new URLSearchParams(query)
  options.set('$count', 'true')
  return readListOptions(options, type, true).where
}

function readCount(query: URLSearchParams): boolean {
  const count = query.get('$count')
  if (count === null || /^false$/i.test(count)) return false
  if (/^true$/i.test(count)) return true
  throw new GraphRefusal(400, 'BadRequest', "Invalid value for the query option '$count': true or false was expected.")
}

/** `$top`: how many objects at most (1 to 999), 100 without one. */
function readTop(query: URLSearchParams): number {
  const top = query.get('$top')
  if (top === null) return 100
  if (/^\d{1,3}$/.test(top) && Number(top) >= 1) return Number(top)
  throw new GraphRefusal(400, 'BadRequest', "Invalid value for the query option '$top': 1 to 999 was expected.")
}

const maxSortings = 5

function readSorting(text: string | null, { name, fields }: Filterable): Sorting[] {
  if (text === null) return []
  const sortings = text.split(',').map((part) => {
    const [, path = '', direction = 'asc'] = /^\s*([A-Za-z/]+)(?:\s+(asc|desc))?\s*$/.exec(part) ?? []
    const field = Object.hasOwn(fields, path) ? fields[path] : undefined
    if (field === undefined || field.kind === 'collection' || !sortable.has(path)) {
      const resource = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
      throw new GraphRefusal(
        400,
        'Request_UnsupportedQuery',
        `Unsupported sort property '${(path || part).slice(0, 64)}' for '${resource}'.`,
      )
    }
    return { path, descending: direction === 'desc' }
  })
  if (sortings.length <= maxSortings) return sortings
  throw new GraphRefusal(400, 'BadRequest', `A list is sorted by at most ${maxSortings} properties.`)
}

/** The properties that Graph's directory sorts by. */
const sortable = new Set(['displayName', 'createdDateTime', 'userPrincipalName', 'activityDateTime', 'deletedDateTime'])

/** A page token belongs to the query whose pages it turns. */
function sealOf(query: URLSearchParams): string {
  const asked = ['$filter', '$search', '$orderby'].map((name) => query.get(name))
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 12)
}

function readPosition(token: string | null, seal: string, length: number): Position | null {
  if (token === null) return null
  const [sealed, ...values] = readToken(token)
  const sequence = values.pop()
  const sorted = values.filter((value) => typeof value === 'string' || typeof value === 'number')
  const whole = typeof sequence === 'number' && Number.isSafeInteger(sequence) && sorted.length === length - 1
  if (sealed === seal && whole && sorted.length === values.length) return [...sorted, sequence]
  throw new GraphRefusal(400, 'Directory_ExpiredPageToken', 'The specified page token value is not valid.')
}

function readToken(token: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}
