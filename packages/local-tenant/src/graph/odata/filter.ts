import type { CollectionField, Comparison, Condition, Field, Fields, Literal } from '../../directory/condition.js'
import { GraphRefusal } from '../errors.js'
import { invalidFilter, syntaxError, type Token, tokensOf } from './tokens.js'

/** What a filter may be about. */
export interface Filterable {
  /** `application`, as in microsoft.graph.application. */
  readonly name: string
  readonly fields: Fields
  /** Every property of the type: one that is no field is known and still cannot be filtered by. */
  hasProperty(name: string): boolean
}

/** Whether the caller asked for advanced queries: `ConsistencyLevel: eventual` and `$count=true`. */
export type Advanced = boolean

const maxDepth = 20
/** As documented for queries without advanced capabilities. */
const maxChoices = 15

/** Reads a `$filter` (OData 4.01 URL conventions §5.1.1, as far as Graph's directory takes it). Throws GraphRefusal. */
export function readFilter(text: string, type: Filterable, advanced: Advanced): Condition {
  return new FilterReader(text, type, advanced).read()
}

const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le']
const functions = { startswith: 'starts', endswith: 'ends' } as const

class FilterReader {
  readonly #text: string
  readonly #type: Filterable
  readonly #advanced: Advanced
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  #choices = 0
  /** Inside `any`: the name that stands for the member, and what a member has. */
  #member: { name: string; of: CollectionField } | null = null

  constructor(text: string, type: Filterable, advanced: Advanced) {
    this.#text = text
    this.#type = type
    this.#advanced = advanced
    this.#tokens = tokensOf(text)
  }

  read(): Condition {
    const condition = this.#choice()
    if (this.#peek().kind !== 'end') throw this.#unexpected()
    return condition
  }

  #choice(): Condition {
    this.#depth += 1
    if (this.#depth > maxDepth) throw invalidFilter(`The clause is nested more than ${maxDepth} levels deep.`)
    const of = [this.#conjunction()]
    while (this.#takeWord('or')) of.push(this.#conjunction())
    if (of.length > 1) this.#count(of.length)
    this.#depth -= 1
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'some', of }
  }

  #count(choices: number): void {
    this.#choices += choices
    if (this.#advanced || this.#choices <= maxChoices) return
    throw new GraphRefusal(
      400,
      'Request_UnsupportedQuery',
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${this.#choices}. Max allowed: ${maxChoices}.`,
    )
  }

  #conjunction(): Condition {
    const of = [this.#negation()]
    while (this.#takeWord('and')) of.push(this.#negation())
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of }
  }

  #negation(): Condition {
    if (!this.#takeWord('not')) return this.#primary()
    this.#needAdvanced('Not')
    this.#depth += 1
    if (this.#depth > maxDepth) throw invalidFilter(`The clause is nested more than ${maxDepth} levels deep.`)
    const of = this.#negation()
    this.#depth -= 1
    return { kind: 'not', of }
  }

  #primary(): Condition {
    if (this.#takeMark('(')) {
      const inner = this.#choice()
      this.#mark(')')
      return inner
    }
    const name = this.#take('name')
    const called = this.#peek().text === '(' && this.#peek().kind === 'mark'
    if (!called) return this.#comparison(name.text)
    if (name.text.endsWith('/any')) return this.#any(name.text.slice(0, -'/any'.length))
    return this.#function(name)
  }

  #function(name: Token): Condition {
    const lower = name.text.toLowerCase()
    const kind = lower === 'startswith' || lower === 'endswith' ? functions[lower] : undefined
    if (kind === undefined) throw invalidFilter(`An unknown function with name '${name.text.slice(0, 64)}' was found.`)
    if (kind === 'ends') this.#needAdvanced('EndsWith')
    this.#mark('(')
    const path = this.#path(this.#take('name').text)
    this.#mark(',')
    const value = this.#take('string').text
    this.#mark(')')
    const { kind: held } = this.#field(path)
    if (held !== 'text' && held !== 'guid') throw this.#unsupported(path)
    return { kind, path, value }
  }

  #comparison(name: string): Condition {
    if (name.endsWith('/$count')) return this.#size(name.slice(0, -'/$count'.length))
    const path = this.#path(name)
    const field = this.#field(path)
    const operator = this.#take('name').text.toLowerCase()
    if (operator === 'in') return { kind: 'in', path, values: this.#values(field, path) }
    if (!isComparison(operator)) throw syntaxError(this.#text, this.#peek().at)
    if (operator === 'ne') this.#needAdvanced('NotEquals')
    return { kind: 'compare', path, operator, value: this.#literal(field, path) }
  }

  #size(path: string): Condition {
    this.#collection(path)
    this.#needAdvanced('Count')
    const operator = this.#take('name').text.toLowerCase()
    if (!isComparison(operator)) throw syntaxError(this.#text, this.#peek().at)
    const token = this.#take('number')
    return { kind: 'count', path, operator, value: token.kind === 'number' ? token.value : 0 }
  }

  #any(path: string): Condition {
    const of = this.#collection(path)
    if (this.#member !== null) throw invalidFilter("'any' inside 'any' is not supported.")
    this.#mark('(')
    if (this.#takeMark(')')) return { kind: 'any', path, of: null }
    const name = this.#take('name').text
    this.#mark(':')
    this.#member = { name, of }
    const condition = this.#choice()
    this.#member = null
    this.#mark(')')
    return { kind: 'any', path, of: condition }
  }

  #values(field: Field, path: string): Literal[] {
    this.#mark('(')
    const values = [this.#literal(field, path)]
    while (this.#takeMark(',')) values.push(this.#literal(field, path))
    this.#mark(')')
    this.#count(values.length)
    return values
  }

  #literal({ kind }: Field, path: string): Literal {
    const token = this.#peek()
    this.#next += 1
    if (token.kind === 'name' && token.text === 'null') return null
    if (kind === 'boolean' && token.kind === 'name' && (token.text === 'true' || token.text === 'false')) {
      return token.text === 'true'
    }
    if (kind === 'number' && token.kind === 'number') return token.value
    if (kind === 'time' && token.kind === 'time') return asTime(token.text)
    if (kind === 'text' && token.kind === 'string') return token.text
    if (kind === 'guid' && (token.kind === 'string' || token.kind === 'guid')) return token.text
    if (token.kind === 'end') throw syntaxError(this.#text, token.at)
    throw invalidFilter(
      `A binary operator with incompatible types was detected at '${path}': the value '${token.text.slice(0, 64)}' is not of its type.`,
    )
  }

  /** The path of a property, or inside `any` of the member's. */
  #path(name: string): string {
    if (this.#member === null) return name
    if (name === this.#member.name) return ''
    if (name.startsWith(`${this.#member.name}/`)) return name.slice(this.#member.name.length + 1)
    throw invalidFilter(
      `Could not find a property named '${name.slice(0, 64)}' in this scope: use ${this.#member.name}.`,
    )
  }

  #field(path: string): Field {
    const fields = this.#member === null ? this.#type.fields : this.#member.of.members
    const field = Object.hasOwn(fields, path) ? fields[path] : undefined
    if (field === undefined || field.kind === 'collection') throw this.#unsupported(path)
    return field
  }

  #collection(path: string): CollectionField {
    const { fields } = this.#type
    const field = Object.hasOwn(fields, path) ? fields[path] : undefined
    if (field?.kind !== 'collection') throw this.#unsupported(path)
    return field
  }

  #unsupported(path: string): GraphRefusal {
    const [first = ''] = path.split('/')
    if (this.#member === null && !this.#type.hasProperty(first)) {
      return invalidFilter(
        `Could not find a property named '${first.slice(0, 64)}' on type 'microsoft.graph.${this.#type.name}'.`,
      )
    }
    const resource = `${this.#type.name.slice(0, 1).toUpperCase()}${this.#type.name.slice(1)}`
    return new GraphRefusal(
      400,
      'Request_UnsupportedQuery',
      `Unsupported or invalid query filter clause specified for property '${path.slice(0, 64)}' of resource '${resource}'.`,
    )
  }

  #needAdvanced(operator: string): void {
    if (!this.#advanced) throw needsAdvanced(operator)
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length }
  }

  #take(kind: Token['kind']): Token {
    const token = this.#peek()
    if (token.kind !== kind) throw this.#unexpected()
    this.#next += 1
    return token
  }

  #takeWord(word: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'name' || token.text.toLowerCase() !== word) return false
    this.#next += 1
    return true
  }

  #takeMark(mark: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'mark' || token.text !== mark) return false
    this.#next += 1
    return true
  }

  #mark(mark: string): void {
    if (!this.#takeMark(mark)) throw this.#unexpected()
  }

  #unexpected(): GraphRefusal {
    return syntaxError(this.#text, this.#peek().at)
  }
}

function isComparison(text: string): text is Comparison {
  return comparisons.includes(text)
}

function asTime(text: string): string {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw invalidFilter(`'${text}' is no time.`)
  return new Date(time).toISOString()
}

/** What is said to a caller who has to ask for advanced queries first (graph docs: aad-advanced-queries). */
export function needsAdvanced(operator: string): GraphRefusal {
  return new GraphRefusal(
    400,
    'Request_UnsupportedQuery',
    `Operator: '${operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information`,
  )
}
