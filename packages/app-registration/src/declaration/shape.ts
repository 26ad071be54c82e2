import type { Node } from 'jsonc-parser'
import type { JsonObject } from '../https/json.js'

/** A mistake in a document, at a character offset. */
export interface Mistake {
  readonly offset: number
  readonly path: readonly (string | number)[]
  readonly words: string
}

/** What reading goes through: where it is, and where mistakes go. */
export interface Reading {
  readonly path: readonly (string | number)[]
  readonly mistakes: Mistake[]
}

/** Stands for a value that could not be read; the mistake has been noted. */
const wrong = Symbol('wrong')
export type Wrong = typeof wrong

export function isWrong(value: unknown): value is Wrong {
  return value === wrong
}

/** One description of a kind of value, from which come its type, its JSON Schema and its reader. */
export interface Shape<T> {
  readonly schema: JsonObject
  readonly read: (node: Node, reading: Reading) => T | Wrong
}

type Described = { readonly description: string }

export interface TextLimits extends Described {
  readonly most: number
  /** Also what the schema says, so without flags. */
  readonly pattern?: string
  /** The pattern in words. */
  readonly expected?: string
}

export function text({ description, most, pattern, expected }: TextLimits): Shape<string> {
  const matches = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  const words = expected ?? `a text of 1 to ${most} characters`
  return {
    schema: {
      description,
      type: 'string',
      minLength: 1,
      maxLength: most,
      ...(pattern === undefined ? {} : { pattern }),
    },
    read: (node, reading) => {
      const value: unknown = node.value
      if (typeof value !== 'string') return note(node, reading, words)
      // JSON Schema counts code points, and so must we.
      const length = Array.from(value).length
      const fits = length >= 1 && length <= most && (matches?.test(value) ?? true)
      return fits ? value : note(node, reading, words)
    },
  }
}

export function wholeNumber(limits: Described & { least: number; most: number }): Shape<number> {
  const { description, least, most } = limits
  return {
    schema: { description, type: 'integer', minimum: least, maximum: most },
    read: (node, reading) => {
      const value: unknown = node.value
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
      return note(node, reading, `a whole number from ${least} to ${most}`)
    },
  }
}

export function boolean({ description }: Described): Shape<boolean> {
  return {
    schema: { description, type: 'boolean' },
    read: (node, reading) => {
      const value: unknown = node.value
      return typeof value === 'boolean' ? value : note(node, reading, 'true or false')
    },
  }
}

export function oneOf<const T extends string | number>(values: readonly T[], { description }: Described): Shape<T> {
  return {
    schema: { description, enum: values },
    read: (node, reading) =>
      values.find((value) => value === node.value) ??
      note(node, reading, values.map((value) => JSON.stringify(value)).join(' or ')),
  }
}

export function listOf<T>(item: Shape<T>, limits: Described & { least?: number; most: number }): Shape<readonly T[]> {
  const { description, least = 0, most } = limits
  const words = least === 0 ? `a list of at most ${most}` : `a list of ${least} to ${most}`
  return {
    schema: {
      description,
      type: 'array',
      items: item.schema,
      ...(least === 0 ? {} : { minItems: least }),
      maxItems: most,
    },
    read: (node, reading) => {
      const { type, children = [] } = node
      if (type !== 'array' || children.length < least || children.length > most) return note(node, reading, words)
      const items = children.map((child, index) => item.read(child, below(reading, index)))
      const read = items.filter((value): value is T => !isWrong(value))
      return read.length === items.length ? read : wrong
    },
  }
}

export interface Member<T> {
  readonly shape: Shape<T>
  readonly isOptional: boolean
}
export interface Required<T> extends Member<T> {
  readonly isOptional: false
}
export interface Optional<T> extends Member<T> {
  readonly isOptional: true
}

export const required = <T>(shape: Shape<T>): Required<T> => ({ shape, isOptional: false })
export const optional = <T>(shape: Shape<T>): Optional<T> => ({ shape, isOptional: true })

type Members = Readonly<Record<string, Member<unknown>>>
type NamesOf<M extends Members, Kind> = { [K in keyof M]: M[K] extends Kind ? K : never }[keyof M]
type ValueOf<M> = M extends Member<infer T> ? T : never
export type ObjectOf<M extends Members> = { readonly [K in NamesOf<M, Required<unknown>>]: ValueOf<M[K]> } & {
  readonly [K in NamesOf<M, Optional<unknown>>]?: ValueOf<M[K]>
}

/** An object with these members and no others, each at most once. */
export function object<M extends Members>(members: M, { description }: Described): Shape<ObjectOf<M>> {
  const names = Object.keys(members)
  return {
    schema: {
      description,
      type: 'object',
      properties: Object.fromEntries(Object.entries(members).map(([name, { shape }]) => [name, shape.schema])),
      required: names.filter((name) => members[name]?.isOptional === false),
      additionalProperties: false,
    },
    read: (node, reading) => {
      if (node.type !== 'object') return note(node, reading, `an object with ${names.join(', ')}`)
      const values = readMembers(node, members, reading)
      // Every declared member was read by its own shape, and no other is in it.
      return isWrong(values) ? wrong : (Object.fromEntries(values) as ObjectOf<M>)
    },
  }
}

function readMembers(node: Node, members: Members, reading: Reading): [string, unknown][] | Wrong {
  const found = membersOf(node)
  const seen = new Set<string>()
  const values: [string, unknown][] = []
  const before = reading.mistakes.length
  for (const { name, key, value } of found) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (seen.has(name)) noteWords(key, below(reading, name), 'stands there twice: keep one')
    else if (member === undefined) noteWords(key, below(reading, name), unknownMember(members))
    else if (value === undefined) noteWords(key, below(reading, name), 'has no value')
    else values.push([name, member.shape.read(value, below(reading, name))])
    seen.add(name)
  }
  for (const [name, { isOptional }] of Object.entries(members)) {
    if (!isOptional && !seen.has(name)) noteWords(node, reading, `'${name}' is missing`)
  }
  return reading.mistakes.length > before ? wrong : values
}

function unknownMember(members: Members): string {
  return `is not known here; expected are ${Object.keys(members).join(', ')}`
}

/** Which of two objects it is, told by a member that only the first one has. */
export function eitherBy<A, B>(member: string, first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return {
    schema: { anyOf: [first.schema, second.schema] },
    read: (node, reading) => {
      const isFirst = node.type === 'object' && membersOf(node).some(({ name }) => name === member)
      return isFirst ? first.read(node, reading) : second.read(node, reading)
    },
  }
}

function membersOf({ children = [] }: Node): { name: string; key: Node; value: Node | undefined }[] {
  return children.flatMap(({ children: [key, value] = [] }) =>
    key === undefined ? [] : [{ name: String(key.value), key, value }],
  )
}

function below(reading: Reading, step: string | number): Reading {
  return { ...reading, path: [...reading.path, step] }
}

function note(node: Node, reading: Reading, expected: string): Wrong {
  return noteWords(node, reading, `${expected} was expected, not ${nameOf(node)}`)
}

function noteWords({ offset }: Node, { path, mistakes }: Reading, words: string): Wrong {
  mistakes.push({ offset, path, words })
  return wrong
}

/** What is there, without repeating much of it: a secret put in the wrong place must not come back in a message. */
function nameOf({ type, value }: Node): string {
  if (type === 'number' || type === 'boolean' || type === 'null') return JSON.stringify(value)
  return { string: 'this text', object: 'an object', array: 'this list', property: 'a member' }[type]
}
