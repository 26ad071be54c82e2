import { Properties } from 'properties-file/parser'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { kindOf, partsOf, type Reading, type Setting } from '../setting.js'

/** Reads application.yml. Aliases are not followed. Throws a SyntaxError that names the place. */
export function readSpringYaml(text: string, file: string): Reading {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false })
  const settings: Setting[] = []
  for (const { errors, contents } of documents) {
    const [first] = errors
    if (first !== undefined) throw new SyntaxError(`line ${lines.linePos(first.pos[0]).line}: ${first.code}`)
    eachScalar(contents, [], (path, value, offset) => {
      settings.push(...settingsOf(path, value, file, lines.linePos(offset).line))
    })
  }
  return { settings, unread: [] }
}

/** Reads application.properties. */
export function readSpringProperties(text: string, file: string): Reading {
  const properties = new Properties(text).getProperties()
  const settings = properties.flatMap(({ key, value, startingLineNumber: line }) =>
    settingsOf(key.split('.'), value, file, line),
  )
  return { settings, unread: [] }
}

function eachScalar(
  node: Node | null,
  path: readonly string[],
  found: (path: readonly string[], value: string, offset: number) => void,
): void {
  if (node === null || isAlias(node)) return
  if (isScalar(node)) found(path, node.source ?? '', node.range?.[0] ?? 0)
  if (isSeq<Node>(node))
    for (const [index, item] of node.items.entries()) eachScalar(item, [...path, `${index}`], found)
  if (!isMap<Node, Node | null>(node)) return
  for (const { key, value } of node.items) {
    // A key may be several, with dots between them.
    if (isScalar(key)) eachScalar(value, [...path, ...String(key.value).split('.')], found)
  }
}

function settingsOf(path: readonly string[], written: string, file: string, line: number): Setting[] {
  const [, named, otherwise = ''] = /^\$\{([^:}]+)(?::([^}]*))?\}$/.exec(written) ?? []
  const value = named === undefined ? written : otherwise
  const names = path.filter((name) => !/^\d+$/.test(name)).map((name) => name.replace(/\[\d+\]$/, ''))
  const kind = isOfSignIn(names) ? kindOf(names, value) : undefined
  if (kind === undefined) return []
  const place = { kind, file, line, name: path.join('.'), variable: named ?? variableOf(path), madeOf: [] }
  return partsOf(kind, value).map((part) => ({ ...place, value: part }))
}

/** Where Spring Security and Spring Cloud Azure have their settings; a bare `client-id` of something else is not ours. */
const isOfSignIn = (names: readonly string[]) =>
  /^(spring\.(security\.oauth2|cloud\.azure)|azure\.activedirectory|entra|aad)\b/.test(names.join('.'))

/** The variable that Spring Boot reads for a property (Externalized Configuration, "Binding From Environment Variables"). */
const variableOf = (path: readonly string[]) =>
  path
    .map((name) => name.replaceAll('-', '').replaceAll(/\[(\d+)\]/g, '_$1'))
    .join('_')
    .toUpperCase()
