import type { Condition, Fields } from '../../directory/condition.js'
import { GraphRefusal } from '../errors.js'

const maxClauses = 15

/**
 * Reads a `$search` of directory objects (graph docs: search-query-parameter): clauses `"property:text"` joined by AND and
 * OR, AND first. Throws GraphRefusal.
 */
export function readSearch(text: string, fields: Fields): Condition {
  const clause = /\s*"((?:[^"\\]|\\.)*)"\s*(AND\b|OR\b|$)/y
  const choices: Condition[][] = [[]]
  let count = 0
  let joined = true
  while (joined) {
    const [, inner, joint] = clause.exec(text) ?? []
    count += 1
    if (inner === undefined || count > maxClauses) throw invalidSearch(text)
    choices.at(-1)?.push(readClause(inner.replaceAll(/\\(.)/g, '$1'), text, fields))
    if (joint === 'OR') choices.push([])
    joined = joint !== ''
  }
  return { kind: 'some', of: choices.map((of) => ({ kind: 'all', of })) }
}

function readClause(clause: string, text: string, fields: Fields): Condition {
  const [, path = '', wanted = ''] = /^([A-Za-z]+):(.+)$/s.exec(clause) ?? []
  const field = Object.hasOwn(fields, path) ? fields[path] : undefined
  const words = wanted.split(/[\s\-._@/:(]+/).filter((word) => word !== '')
  if (field?.kind !== 'text' || words.length === 0) throw invalidSearch(text)
  // Names and descriptions are taken apart into words; any other text is compared from its beginning.
  if (path === 'displayName' || path === 'description') return { kind: 'words', path, words }
  return { kind: 'starts', path, value: wanted }
}

function invalidSearch(text: string): GraphRefusal {
  return new GraphRefusal(
    400,
    'Request_BadRequest',
    `Invalid $search query: clauses such as "displayName:todo", joined by AND or OR, were expected in ${text.slice(0, 120)}`,
  )
}
