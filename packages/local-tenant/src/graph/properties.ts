import { isGuid } from '../guid.js'
import { badRequest } from './errors.js'

/** Turns one JSON value of a request body into a typed one, or throws GraphRefusal naming `path`. */
export type Reader<T> = (value: unknown, path: string) => T
export type Read<R> = R extends Reader<infer T> ? T : never

const maxText = 8_192
const maxItems = 1_500

export const text: Reader<string> = (value, path) => {
  if (typeof value === 'string' && value.length <= maxText && !value.includes('\0')) return value
  throw expected(path, 'a string')
}

export const guid: Reader<string> = (value, path) => {
  if (isGuid(value)) return value.toLowerCase()
  throw expected(path, 'a GUID')
}

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value
  throw expected(path, 'true or false')
}

export const int64: Reader<number> = (value, path) => {
  if (Number.isSafeInteger(value)) return value as number
  throw expected(path, 'a whole number')
}

/** Edm.DateTimeOffset: without an offset a time would mean something else on every machine. */
const dateTimeOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$/i

export const dateTime: Reader<string> = (value, path) => {
  if (typeof value === 'string' && dateTimeOffset.test(value) && !Number.isNaN(Date.parse(value))) {
    return new Date(value).toISOString()
  }
  throw expected(path, 'a date and time such as 2027-01-31T12:00:00Z')
}

export function oneOf<const V extends string | number>(...values: readonly V[]): Reader<V> {
  return (value, path) => {
    const found = values.find((candidate) => candidate === value)
    if (found !== undefined) return found
    throw expected(path, `one of ${values.join(', ')}`)
  }
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}

export function collection<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (Array.isArray(value) && value.length <= maxItems) {
      return value.map((item: unknown, index) => reader(item, `${path}[${index}]`))
    }
    throw expected(path, 'a list')
  }
}

type Readers = Readonly<Record<string, Reader<unknown>>>
type Members<R extends Readers> = { [K in keyof R]: Read<R[K]> }

/** An object of which any members may be left out; one that is not listed is refused, as Graph does. */
export function partial<R extends Readers>(type: string, readers: R): Reader<Partial<Members<R>>> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw expected(path, 'an object')
    const members: Record<string, unknown> = {}
    for (const [name, member] of Object.entries(value)) {
      // Control information such as @odata.type says nothing about the object itself.
      if (/@odata\.(?!bind$|id$)/.test(name) && !Object.hasOwn(readers, name)) continue
      const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
      if (reader === undefined) throw unknownProperty(type, name)
      members[name] = reader(member, memberPath(path, name))
    }
    return members as Partial<Members<R>>
  }
}

/** An object with all of its members; `defaults` stand in for those that may be left out. */
export function whole<R extends Readers>(type: string, readers: R, defaults: Partial<Members<R>>): Reader<Members<R>> {
  const read = partial(type, readers)
  return (value, path) => {
    const members = { ...defaults, ...read(value, path) }
    for (const name of Object.keys(readers)) {
      if (!Object.hasOwn(members, name)) throw badRequest(`Property '${memberPath(path, name)}' is required.`)
    }
    return members as Members<R>
  }
}

function unknownProperty(type: string, name: string) {
  return badRequest(`Could not find a property named '${name.slice(0, 64)}' on type 'microsoft.graph.${type}'.`)
}

/** Path of a member of the object at `path`; the body itself has the path ''. */
function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function expected(path: string, what: string) {
  if (path === '') return badRequest(`Invalid request body: ${what} was expected.`)
  return badRequest(`Invalid value specified for property '${path}': ${what} was expected.`)
}
