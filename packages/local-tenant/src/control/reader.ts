import { isGuid } from '../guid.js'
import { ControlRefusal, type RefusalCode } from './refusal.js'

/** Turns one JSON value into a typed one, or throws Unreadable naming `path`. */
export type Reader<T> = (value: unknown, path: string) => T

/** A value is not what stands at `path` in the format. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'The document' : `'${path.slice(0, 200)}'`} has to be ${expected}.`)
  }
}

/** Reads a whole document; what does not fit becomes a ControlRefusal with `code`. */
export function readDocument<T>(reader: Reader<T>, value: unknown, code: RefusalCode): T {
  try {
    return reader(value, '')
  } catch (error) {
    if (error instanceof Unreadable) throw new ControlRefusal(code, error.message)
    throw error
  }
}

const maxText = 16_384
const maxItems = 200_000

function check<T>(expected: string, holds: (value: unknown) => value is T): Reader<T> {
  return (value, path) => {
    if (holds(value)) return value
    throw new Unreadable(path, expected)
  }
}

export const text = check(
  `a text of at most ${maxText} characters without NUL`,
  (value): value is string => typeof value === 'string' && value.length <= maxText && !value.includes('\0'),
)
export const boolean = check('true or false', (value): value is boolean => typeof value === 'boolean')
export const number = check('a number', (value): value is number => typeof value === 'number')
export const lowerGuid = check(
  'a GUID in lower case',
  (value): value is string => isGuid(value) && value === value.toLowerCase(),
)
/** As the directory writes times, which sort as the moments they stand for. */
export const time = check(
  'a time such as 2027-01-31T12:00:00.000Z',
  (value): value is string =>
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value,
)
export const base64 = check(
  'base64',
  (value): value is string =>
    typeof value === 'string' && value !== '' && Buffer.from(value, 'base64').toString('base64') === value,
)
export const record = check(
  'an object',
  (value): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
)

export function oneOf<const V extends string | number>(...values: readonly V[]): Reader<V> {
  return (value, path) => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw new Unreadable(path, `one of ${values.join(', ')}`)
    return found
  }
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}

export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > maxItems) throw new Unreadable(path, 'a list')
    return value.map((item: unknown, index) => reader(item, `${path}[${index}]`))
  }
}

type Readers = Readonly<Record<string, Reader<unknown>>>
type Members<R extends Readers> = { [K in keyof R]: R[K] extends Reader<infer T> ? T : never }

/** An object with exactly these members. */
export function whole<R extends Readers>(readers: R): Reader<Members<R>> {
  const read = partial(readers)
  return (value, path) => {
    const members = read(value, path)
    for (const name of Object.keys(readers)) {
      if (!Object.hasOwn(members, name)) throw new Unreadable(memberPath(path, name), 'there')
    }
    return members as Members<R>
  }
}

/** An object with any of these members and no other. */
export function partial<R extends Readers>(readers: R): Reader<Partial<Members<R>>> {
  return (value, path) => {
    const members: Record<string, unknown> = {}
    for (const [name, member] of Object.entries(record(value, path))) {
      const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
      if (reader === undefined) throw new Unreadable(memberPath(path, name), 'left out: nothing of that name is known')
      members[name] = reader(member, memberPath(path, name))
    }
    return members as Partial<Members<R>>
  }
}

const memberPath = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)
