import { GraphRefusal } from './errors.js'
import { unknownProperty } from './properties.js'

/** How a path names one object: `/applications/{id}` or `/applications(appId='…')`. */
export type KeyPredicate = { kind: 'id'; id: string } | { kind: 'alternate'; property: string; value: string }

/** A path below the version segment: names, and the keys that stood where the shape has `{key}`. */
export interface ResourcePath {
  /** For instance `applications/{key}/addPassword`. */
  readonly shape: string
  readonly keys: readonly KeyPredicate[]
}

/** Collections whose next segment is a key rather than a name. */
const collections = new Set([
  'applications',
  'servicePrincipals',
  'users',
  'appRoleAssignedTo',
  'appRoleAssignments',
  'federatedIdentityCredentials',
])

/** Reads the path of a request (OData 4.01 URL conventions §4.3, as far as Graph uses them). Throws GraphRefusal. */
export function readResourcePath(segments: readonly string[]): ResourcePath {
  const shape: string[] = []
  const keys: KeyPredicate[] = []
  for (const segment of segments) {
    const last = shape.at(-1)
    if (last !== undefined && collections.has(last) && !segment.startsWith('$')) {
      shape.push('{key}')
      keys.push({ kind: 'id', id: segment })
      continue
    }
    const [, name = segment, predicate] = /^([A-Za-z]+)\((.*)\)$/s.exec(segment) ?? []
    shape.push(name)
    if (predicate === undefined) continue
    shape.push('{key}')
    keys.push(readPredicate(predicate))
  }
  return { shape: shape.join('/'), keys }
}

function readPredicate(predicate: string): KeyPredicate {
  const [, property, quoted] = /^(?:([A-Za-z]+)=)?'((?:[^']|'')*)'$/s.exec(predicate) ?? []
  if (quoted === undefined) throw new GraphRefusal(400, 'BadRequest', 'The key in the URL is not valid.')
  const value = quoted.replaceAll("''", "'")
  return property === undefined ? { kind: 'id', id: value } : { kind: 'alternate', property, value }
}

/** The key as an error names it. */
export function keyText(key: KeyPredicate | undefined): string {
  return (key?.kind === 'id' ? key.id : (key?.value ?? '')).slice(0, 256)
}

/** The conditions of a `$filter`: every one of them has to hold. */
export type Filter = readonly { property: string; value: string }[]

/** Reads `property eq 'value'`, several joined by `and`. Any other filter is refused rather than misread. */
export function readFilter(filter: string | null): Filter {
  if (filter === null) return []
  const condition = /^\s*([A-Za-z]+)\s+eq\s+'((?:[^']|'')*)'\s*(?:$|and\s)/i
  const conditions: { property: string; value: string }[] = []
  let rest = filter
  while (rest !== '') {
    const [matched, property, quoted] = condition.exec(rest) ?? []
    if (matched === undefined || property === undefined || quoted === undefined) throw invalidFilter(filter)
    conditions.push({ property, value: quoted.replaceAll("''", "'") })
    rest = rest.slice(matched.length)
    if (rest === '' && /and\s$/i.test(matched)) throw invalidFilter(filter)
  }
  if (conditions.length === 0) throw invalidFilter(filter)
  return conditions
}

function invalidFilter(filter: string): GraphRefusal {
  return new GraphRefusal(
    400,
    'BadRequest',
    `Invalid filter clause: this tenant reads property eq 'value', joined by and; it cannot read: ${filter.slice(0, 120)}`,
  )
}

/** Keeps the members that `$select` names, or all without one. Throws GraphRefusal for a member the type does not have. */
export function select(object: Readonly<Record<string, unknown>>, names: string | null, type: string) {
  if (names === null) return object
  const wanted = names.split(',').map((name) => name.trim())
  for (const name of wanted) {
    if (!Object.hasOwn(object, name)) {
      throw unknownProperty(type, name)
    }
  }
  return Object.fromEntries(wanted.map((name) => [name, object[name]]))
}

/** Keeps the objects for which every condition holds; text compares without regard to letter case, as in the directory. */
export function matches(object: Readonly<Record<string, unknown>>, filter: Filter, type: string): boolean {
  return filter.every(({ property, value }) => {
    if (!Object.hasOwn(object, property)) {
      throw unknownProperty(type, property)
    }
    const actual = object[property]
    return typeof actual === 'string' && actual.toLowerCase() === value.toLowerCase()
  })
}

/** Of those that begin with a dollar sign. */
const queryOptions = new Set(['$select', '$filter', '$top', '$skiptoken'])

/** Refuses a system query option that this Graph would otherwise ignore without a word. */
export function checkQueryOptions(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (!name.startsWith('$') || queryOptions.has(name)) continue
    throw new GraphRefusal(400, 'BadRequest', `The query option ${name.slice(0, 32)} is not offered by this tenant.`)
  }
}

/** `$top`: how many objects at most (1 to 999), 100 without one. */
export function readTop(query: URLSearchParams): number {
  const top = query.get('$top')
  if (top === null) return 100
  if (/^\d{1,3}$/.test(top) && Number(top) >= 1) return Number(top)
  throw new GraphRefusal(400, 'BadRequest', "Invalid value for the query option '$top': 1 to 999 was expected.")
}
