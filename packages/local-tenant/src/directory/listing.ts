import type { Comparison, Condition, Field, Fields, Literal } from './condition.js'
import type { Database, Query } from './database.js'

/** A kind of object as SQL finds it. */
export interface Listed {
  /** What stands behind FROM. */
  readonly from: string
  /** What stands behind SELECT. */
  readonly columns: string
  /** A number that grows with every object and never changes: the order of a list that asks for none. */
  readonly sequence: string
  /** When the object was made; null where that does not matter. */
  readonly created: string | null
  readonly newestFirst?: boolean
  readonly fields: Fields
}

/** SQL that narrows a list before anything else does, such as to what belongs to one object. */
export interface Scope {
  readonly sql: string
  readonly values: readonly Value[]
}

type Value = string | number | null

export interface Sorting {
  readonly path: string
  readonly descending: boolean
}

export interface ListQuery {
  readonly where: Condition | null
  readonly sorting: readonly Sorting[]
  /** Only what comes behind this. */
  readonly after: Position | null
  readonly limit: number
  readonly scope?: Scope | undefined
  /** Only what was made at this time or before it. */
  readonly createdUntil?: string | undefined
}

/** Where a page ended: the values it was sorted by, and the sequence. */
export type Position = readonly [...sorted: (string | number)[], sequence: number]

export interface ListPage<Row> {
  readonly rows: readonly Row[]
  /** Where this page ends, or null when nothing comes behind it. */
  readonly end: Position | null
}

/** Lists and counts objects in SQL: no more rows are read into memory than a page holds. */
export interface Listing {
  page<Row>(listed: Listed, query: ListQuery): ListPage<Row>
  count(listed: Listed, query: Pick<ListQuery, 'where' | 'scope' | 'createdUntil'>): number
}

const maxKept = 100

export function createListing(db: Database): Listing {
  const kept = new Map<string, Query<Record<string, Value>>>()
  function prepared(sql: string): Query<Record<string, Value>> {
    const known = kept.get(sql)
    if (known !== undefined) return known
    if (kept.size >= maxKept) kept.clear()
    const query = db.query<Record<string, Value>>(sql)
    kept.set(sql, query)
    return query
  }
  return {
    page<Row>(listed: Listed, query: ListQuery): ListPage<Row> {
      const writer = new SqlWriter(listed.fields)
      const order = orderOf(listed, query.sorting)
      const conditions = conditionsOf(listed, query, writer)
      if (query.after !== null) conditions.push(behind(order, query.after, writer))
      const sorted = order.map(({ sql }, index) => `${sql} AS sort_${index}`)
      const sql = `SELECT ${[listed.columns, ...sorted].join(', ')} FROM ${listed.from} ${where(conditions)}
        ORDER BY ${order.map(({ sql: value, descending }) => `${value}${descending ? ' DESC' : ''}`).join(', ')} LIMIT ?`
      const rows = prepared(sql).all(...writer.values, query.limit + 1)
      const page = rows.slice(0, query.limit)
      const last = page.at(-1)
      const more = rows.length > query.limit && last !== undefined
      return { rows: page as Row[], end: more ? positionOf(last, order.length) : null }
    },
    count(listed, query) {
      const writer = new SqlWriter(listed.fields)
      const conditions = conditionsOf(listed, query, writer)
      const sql = `SELECT count(*) AS count FROM ${listed.from} ${where(conditions)}`
      return Number(prepared(sql).get(...writer.values)?.['count'] ?? 0)
    },
  }
}

interface Sorted {
  readonly sql: string
  readonly descending: boolean
}

function orderOf({ fields, sequence, newestFirst = false }: Listed, sorting: readonly Sorting[]): Sorted[] {
  const order = sorting.map(({ path, descending }) => {
    const field = fields[path]
    if (field === undefined || field.kind === 'collection') throw new TypeError(`${path} cannot be sorted by.`)
    // Null comes first, as in Graph, and a list can go on behind it.
    return { sql: `ifnull(${field.sql}, '')${field.kind === 'text' ? ' COLLATE NOCASE' : ''}`, descending }
  })
  return [...order, { sql: sequence, descending: newestFirst && sorting.length === 0 }]
}

/** Equal in what comes first, and behind in what comes next. */
function behind(order: readonly Sorted[], after: Position, writer: SqlWriter): string {
  const steps = order.map(({ sql, descending }, index) => {
    const equal = order.slice(0, index).map((before, at) => `${before.sql} = ${writer.value(after[at] ?? null)}`)
    return [...equal, `${sql} ${descending ? '<' : '>'} ${writer.value(after[index] ?? null)}`].join(' AND ')
  })
  return `(${steps.join(' OR ')})`
}

function positionOf(row: Record<string, Value>, length: number): Position {
  const values = Array.from({ length: length - 1 }, (_, index) => row[`sort_${index}`] ?? '')
  return [...values, Number(row[`sort_${length - 1}`])]
}

function conditionsOf(
  { created }: Listed,
  { scope, createdUntil, where: condition }: Pick<ListQuery, 'where' | 'scope' | 'createdUntil'>,
  writer: SqlWriter,
): string[] {
  const conditions: string[] = []
  if (scope !== undefined) {
    conditions.push(`(${scope.sql})`)
    writer.values.push(...scope.values)
  }
  if (createdUntil !== undefined && created !== null) conditions.push(`${created} <= ${writer.value(createdUntil)}`)
  if (condition !== null) conditions.push(writer.condition(condition))
  return conditions
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
}

const operators: Readonly<Record<Comparison, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' }

/** Writes conditions as SQL. What a caller sent becomes a bound value and never a part of the text. */
class SqlWriter {
  readonly values: Value[] = []
  readonly #fields: Fields

  constructor(fields: Fields) {
    this.#fields = fields
  }

  value(value: Value): string {
    this.values.push(value)
    return '?'
  }

  condition(condition: Condition): string {
    switch (condition.kind) {
      case 'all':
        return this.#joined(condition.of, ' AND ')
      case 'some':
        return this.#joined(condition.of, ' OR ')
      case 'not':
        // What compares with null is unknown to SQL and false to OData.
        return `NOT ifnull(${this.condition(condition.of)}, 0)`
      case 'any':
        return this.#any(condition.path, condition.of)
      case 'count': {
        const length = `ifnull(json_array_length(${this.#collection(condition.path).sql}), 0)`
        return `${length} ${operators[condition.operator]} ${this.value(condition.value)}`
      }
      case 'compare':
      case 'in':
      case 'starts':
      case 'ends':
      case 'words':
        return this.#ofField(this.#field(condition.path), condition)
    }
  }

  #joined(conditions: readonly Condition[], by: string): string {
    return `(${conditions.map((condition) => this.condition(condition)).join(by)})`
  }

  #any(path: string, of: Condition | null): string {
    const { sql, members, equals } = this.#collection(path)
    if (of === null) return `ifnull(json_array_length(${sql}), 0) > 0`
    const plain = of.kind === 'compare' && of.operator === 'eq' && of.path === '' && typeof of.value === 'string'
    if (plain && equals !== undefined) return equals.replace('?', this.value(stringOf(of.value)))
    const inner = new SqlWriter(members)
    const condition = inner.condition(of)
    this.values.push(...inner.values)
    return `EXISTS (SELECT 1 FROM json_each(${sql}) AS each WHERE ${condition})`
  }

  #ofField(
    field: Field,
    condition: Exclude<Condition, { kind: 'all' | 'some' } | { kind: 'not' } | { kind: 'any' } | { kind: 'count' }>,
  ): string {
    const { sql } = field
    const text = field.kind === 'text' ? `${sql} COLLATE NOCASE` : sql
    switch (condition.kind) {
      case 'compare':
        return this.#comparison(field, text, condition.operator, condition.value)
      case 'in':
        return `${text} IN (${condition.values.map((value) => this.value(stored(field, value))).join(', ')})`
      case 'starts':
        return `${sql} LIKE ${this.value(`${escaped(condition.value)}%`)} ESCAPE '\\'`
      case 'ends':
        return `${sql} LIKE ${this.value(`%${escaped(condition.value)}`)} ESCAPE '\\'`
      case 'words': {
        const words = `' ' || ${['-', '.', '_', '@', '/', ':', '('].reduce((inner, mark) => `replace(${inner}, '${mark}', ' ')`, sql)}`
        return condition.words
          .map((word) => `${words} LIKE ${this.value(`% ${escaped(word)}%`)} ESCAPE '\\'`)
          .join(' AND ')
      }
    }
  }

  #comparison(field: Field, text: string, operator: Comparison, value: Literal): string {
    if (value === null) return operator === 'ne' ? `${field.sql} IS NOT NULL` : `${field.sql} IS NULL`
    const bound = this.value(stored(field, value))
    if (operator === 'eq' && field.equals !== undefined) return field.equals.replaceAll('?', bound)
    // Null differs from every value.
    if (operator === 'ne') return `ifnull(${text} <> ${bound}, 1)`
    return `${text} ${operators[operator]} ${bound}`
  }

  #field(path: string): Field {
    const field = Object.hasOwn(this.#fields, path) ? this.#fields[path] : undefined
    if (field === undefined || field.kind === 'collection') throw new TypeError(`${path} is no single value.`)
    return field
  }

  #collection(path: string) {
    const field = Object.hasOwn(this.#fields, path) ? this.#fields[path] : undefined
    if (field?.kind !== 'collection') throw new TypeError(`${path} is no collection.`)
    return field
  }
}

const stringOf = (value: Literal) => (typeof value === 'string' ? value : null)

/** A value as the tables hold it. */
function stored({ kind }: Field, value: Literal): Value {
  if (typeof value === 'boolean') return value ? 1 : 0
  return kind === 'guid' && typeof value === 'string' ? value.toLowerCase() : value
}

const escaped = (text: string) => text.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)
