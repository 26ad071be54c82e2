import type { Condition } from '../directory/condition.js'
import type { Listed, ListPage, Scope } from '../directory/listing.js'
import type { Answer } from '../listener/call.js'
import { GraphRefusal } from './errors.js'
import type { Filterable } from './odata/filter.js'
import { checkOptionsOfOne, readCountOptions, readListOptions } from './odata/query.js'
import { createdUntil, type GraphRequest } from './request.js'

export type Shown = Readonly<Record<string, unknown>>

/** One of Graph's types: how its objects are found, and what they show. */
export interface EntityType<T, Row> extends Filterable {
  /** For instance `applications`. */
  readonly set: string
  readonly listed: Listed
  readonly properties: Readonly<Record<string, (object: T, request: GraphRequest, single: boolean) => unknown>>
  /** What is shown without `$select`; everything unless it is given. */
  readonly unasked?: readonly string[]
  /** What `$expand` may name, and what it brings: objects with the `$select` of the expansion applied. */
  readonly expansions: Readonly<Record<string, (object: T, request: GraphRequest, select: string | null) => Shown[]>>
  /** Members that no list names, which are shown where they are asked for by name. */
  readonly open?: { readonly name: RegExp; of(object: T, name: string): unknown }
  fromRow(row: Row, request: GraphRequest): T
}

/** An entity type, with what follows from the rest of it. */
export function entityType<T, Row>(
  type: Omit<EntityType<T, Row>, 'fields' | 'hasProperty' | 'expansions'> &
    Partial<Pick<EntityType<T, Row>, 'expansions'>>,
): EntityType<T, Row> {
  const { expansions = {} } = type
  return {
    ...type,
    expansions,
    fields: type.listed.fields,
    hasProperty: (name) => Object.hasOwn(type.properties, name) || Object.hasOwn(expansions, name),
  }
}

/** As documented for `$expand` of directory objects. */
const maxExpanded = 20

interface Selection {
  readonly names: readonly string[]
  readonly expand: readonly { readonly name: string; readonly select: string | null }[]
}

type AnyType = Pick<EntityType<never, never>, 'name' | 'properties' | 'unasked' | 'expansions' | 'open'>

function readSelection(query: URLSearchParams, type: AnyType): Selection {
  return { names: readSelect(query.get('$select'), type), expand: readExpand(query.get('$expand'), type) }
}

/** Throws GraphRefusal for a member that the type does not have. */
function readSelect(
  text: string | null,
  { name: typeName, properties, unasked, expansions, open }: AnyType,
): readonly string[] {
  if (text === null) return unasked ?? Object.keys(properties)
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  for (const name of names) {
    const known = Object.hasOwn(properties, name) || Object.hasOwn(expansions, name) || open?.name.test(name) === true
    if (!known) throw unknownInSelect(typeName, name)
  }
  return names.filter((name) => !Object.hasOwn(expansions, name) || Object.hasOwn(properties, name))
}

function readExpand(text: string | null, { name: typeName, expansions }: AnyType): Selection['expand'] {
  if (text === null) return []
  const item = /\s*([A-Za-z]+)\s*(?:\(\s*(\$select=[A-Za-z,\s]+)?\s*\))?\s*(,|$)/y
  const expand: { name: string; select: string | null }[] = []
  let more = true
  while (more) {
    const [, name, options, separator] = item.exec(text) ?? []
    if (name === undefined) throw invalidExpand(`Syntax error in '${text.slice(0, 120)}'.`)
    if (!Object.hasOwn(expansions, name)) throw unknownInSelect(typeName, name)
    expand.push({ name, select: options === undefined ? null : options.slice('$select='.length) })
    more = separator === ','
  }
  return expand
}

function invalidExpand(why: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', `Parsing OData Select and Expand failed: ${why}`)
}

function unknownInSelect(type: string, name: string): GraphRefusal {
  return invalidExpand(`Could not find a property named '${name.slice(0, 64)}' on type 'microsoft.graph.${type}'.`)
}

/** The members of an object that are asked for. */
function show<T, Row>(
  object: T,
  type: EntityType<T, Row>,
  request: GraphRequest,
  { names, expand }: Selection,
  single: boolean,
): Shown {
  const members: Record<string, unknown> = {}
  if (request.metadata === 'full') Object.assign(members, aboutItself(object, type, request))
  for (const name of names) {
    const isKnown = Object.hasOwn(type.properties, name)
    members[name] = isKnown ? type.properties[name]?.(object, request, single) : type.open?.of(object, name)
  }
  for (const { name, select } of expand) {
    members[name] = (type.expansions[name]?.(object, request, select) ?? []).slice(0, maxExpanded)
  }
  return members
}

function aboutItself<T, Row>(object: T, type: EntityType<T, Row>, request: GraphRequest): Shown {
  const path = `${type.set}/${String(type.properties['id']?.(object, request, false))}`
  return {
    '@odata.type': `#microsoft.graph.${type.name}`,
    '@odata.id': `${request.base}/${path}`,
    '@odata.editLink': path,
  }
}

/** An object inside another one's answer. */
export function embedded<T, Row>(
  object: T,
  type: EntityType<T, Row>,
  request: GraphRequest,
  select: string | null,
): Shown {
  const selection = { names: readSelect(select, type), expand: [] }
  return { '@odata.type': `#microsoft.graph.${type.name}`, ...show(object, type, request, selection, false) }
}

function contextOf({ base, metadata }: GraphRequest, path: string): Shown {
  return metadata === 'none' ? {} : { '@odata.context': `${base}/$metadata#${path}` }
}

const odata = { 'odata-version': '4.0' }

/** One object that was asked for. `context` is the metadata path of its set, where that is not the type's own. */
export function entity<T, Row>(request: GraphRequest, type: EntityType<T, Row>, object: T, context = type.set): Answer {
  checkOptionsOfOne(request.query)
  const shown = show(object, type, request, readSelection(request.query, type), true)
  return { status: 200, headers: odata, body: { ...contextOf(request, `${context}/$entity`), ...shown } }
}

/** An object that a call made. `location` is where it is found again by its id; its set unless it is given. */
export function created<T, Row>(
  request: GraphRequest,
  type: EntityType<T, Row>,
  object: T,
  { context = type.set, location = type.set } = {},
): Answer {
  const all = { names: type.unasked ?? Object.keys(type.properties), expand: [] }
  const shown = show(object, type, request, all, true)
  const id = String(type.properties['id']?.(object, request, true))
  return {
    status: 201,
    headers: { ...odata, location: `${request.base}/${location}/${id}` },
    body: { ...contextOf(request, `${context}/$entity`), ...shown },
  }
}

/** A value that is no object with an address, such as a new secret. */
export function value(request: GraphRequest, type: string, members: Shown): Answer {
  return { status: 200, headers: odata, body: { ...contextOf(request, `microsoft.graph.${type}`), ...members } }
}

interface Within {
  readonly scope?: Scope
  /** The metadata path of the list, where it is not the type's set. */
  readonly context?: string
  /** Where the objects come from, where they are not in their usual table. */
  readonly listed?: Listed
  /** Narrows a list whose filter says nothing of this path. */
  readonly unlessFiltered?: { readonly path: string; readonly scope: Scope }
}

/** A list of plain texts, such as ids. */
export function texts(request: GraphRequest, found: readonly string[]): Answer {
  return { status: 200, headers: odata, body: { ...contextOf(request, 'Collection(Edm.String)'), value: found } }
}

/** One page of a list. */
export function list<T, Row>(request: GraphRequest, type: EntityType<T, Row>, within: Within = {}): Answer {
  const { listed = type.listed, context = type.set, unlessFiltered } = within
  const options = readListOptions(request.query, { ...type, fields: listed.fields }, request.eventual)
  const narrows = unlessFiltered !== undefined && !isAbout(options.where, unlessFiltered.path)
  const scope = narrows ? unlessFiltered.scope : within.scope
  const selection = readSelection(request.query, type)
  const { listing } = request.directory
  const narrowed = { where: options.where, scope, createdUntil: createdUntil(request) }
  const page: ListPage<Row> = listing.page(listed, {
    ...narrowed,
    sorting: options.sorting,
    after: options.after,
    limit: options.top,
  })
  const objects = page.rows.map((row) => show(type.fromRow(row, request), type, request, selection, false))
  return {
    status: 200,
    headers: odata,
    body: {
      ...contextOf(request, context),
      // As documented, on the first page alone.
      ...(options.counted && options.after === null ? { '@odata.count': listing.count(listed, narrowed) } : {}),
      ...(page.end === null ? {} : { '@odata.nextLink': nextLink(request, options.tokenFor(page.end)) }),
      value: objects,
    },
  }
}

function isAbout(condition: Condition | null, path: string): boolean {
  if (condition === null) return false
  if ('path' in condition) return condition.path === path
  const parts = condition.kind === 'not' ? [condition.of] : condition.of
  return parts.some((part) => isAbout(part, path))
}

/** How many there are: `/$count`. */
export function count<T, Row>(request: GraphRequest, type: EntityType<T, Row>, within: Within = {}): Answer {
  const { listed = type.listed, scope } = within
  const where = readCountOptions(request.query, { ...type, fields: listed.fields }, request.eventual)
  const found = request.directory.listing.count(listed, { where, scope, createdUntil: createdUntil(request) })
  return { status: 200, headers: odata, body: found }
}

/** A list of the few objects that are not kept in a table: nothing to filter, nothing to turn. */
export function few<T>(
  request: GraphRequest,
  set: string,
  name: string,
  objects: readonly T[],
  properties: EntityType<T, never>['properties'],
): Answer {
  const type = { name, set, properties, expansions: {} }
  const selection = readSelection(request.query, type)
  const shown = objects.map((object) =>
    Object.fromEntries(selection.names.map((member) => [member, properties[member]?.(object, request, false)])),
  )
  return { status: 200, headers: odata, body: { ...contextOf(request, set), value: shown } }
}

/** One of the few. */
export function oneOfFew<T>(
  request: GraphRequest,
  set: string,
  name: string,
  object: T,
  properties: EntityType<T, never>['properties'],
): Answer {
  const { names } = readSelection(request.query, { name, properties, expansions: {} })
  const shown = Object.fromEntries(names.map((member) => [member, properties[member]?.(object, request, true)]))
  return { status: 200, headers: odata, body: { ...contextOf(request, `${set}/$entity`), ...shown } }
}

/** One of the few that a call made; it is found again by its id, or by its appId where it has none. */
export function made<T>(
  request: GraphRequest,
  set: string,
  object: T,
  properties: EntityType<T, never>['properties'],
): Answer {
  const members = Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, of(object, request, true)]))
  const key = String(members['id'] ?? members['appId'])
  return {
    status: 201,
    headers: { ...odata, location: `${request.base}/${set}/${key}` },
    body: { ...contextOf(request, `${set}/$entity`), ...members },
  }
}

/** A list of objects of several types, such as owners: each says of what type it is. */
export function mixed(request: GraphRequest, context: string, objects: readonly Shown[], end: string | null): Answer {
  const next = end === null ? {} : { '@odata.nextLink': nextLink(request, end) }
  return { status: 200, headers: odata, body: { ...contextOf(request, context), ...next, value: objects } }
}

function nextLink({ url, query }: GraphRequest, token: string): string {
  const next = new URLSearchParams(query)
  next.set('$skiptoken', token)
  return `${url}?${next.toString()}`
}
