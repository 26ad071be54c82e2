import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { kindOf, partsOf, type Reading, type Setting } from '../setting.js'
import { lineAt } from './lines.js'

/** What makes a section one of an application: `ClientId` alone stands in many others. */
const companions = /^(Instance|TenantId|Authority|Domain|ClientSecret|ClientCredentials|Audience)$/i

/** Reads appsettings.json as .NET does: with comments, and commas at ends. Throws a SyntaxError that names the place. */
export function readAppSettings(text: string, file: string): Reading {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false })
  const [first] = errors
  if (tree === undefined || first !== undefined) {
    const line = lineAt(text, first?.offset ?? 0)
    throw new SyntaxError(`line ${line}: ${first === undefined ? 'it is empty' : printParseErrorCode(first.error)}`)
  }
  const settings: Setting[] = []
  eachText(tree, [], (path, value, offset) => {
    const names = path.filter((name) => !/^\d+$/.test(name))
    const kind = kindOf(names, value)
    if (kind === undefined || !isOfApplication(tree, path, value)) return
    const place = { file, line: lineAt(text, offset), name: path.join(':'), variable: path.join('__'), madeOf: [] }
    const isOffer = kind === 'scope' && !value.includes('://') && hasClientId(tree, path)
    for (const part of partsOf(kind, value))
      settings.push({ kind: isOffer ? 'offeredScope' : kind, value: part, ...place })
  })
  return { settings, unread: [] }
}

function eachText(
  node: Node,
  path: readonly string[],
  found: (path: readonly string[], value: string, offset: number) => void,
): void {
  if (node.type === 'string') found(path, String(node.value), node.offset)
  if (node.type === 'array') for (const [index, child] of children(node)) eachText(child, [...path, `${index}`], found)
  if (node.type !== 'object') return
  for (const [, { children: [key, value] = [] }] of children(node)) {
    if (key !== undefined && value !== undefined) eachText(value, [...path, String(key.value)], found)
  }
}

const children = ({ children: nodes = [] }: Node) => nodes.entries()

/** A scope of another API names it; everything else belongs to an application only where its section is one of an application. */
const isOfApplication = (tree: Node, path: readonly string[], value: string) =>
  value.includes('://') || hasClientId(tree, path)

function hasClientId(tree: Node, path: readonly string[]): boolean {
  return path.some((_, index) => {
    const members = membersAt(tree, path.slice(0, index))
    return members.some((name) => /^ClientId$/i.test(name)) && members.some((name) => companions.test(name))
  })
}

function membersAt(tree: Node, path: readonly string[]): string[] {
  let node: Node | undefined = tree
  for (const name of path) {
    const found: Node | undefined =
      node?.type === 'array' ? node.children?.[Number(name)] : node?.children?.find((one) => keyOf(one) === name)
    node = found?.type === 'property' ? found.children?.[1] : found
  }
  return node?.type === 'object' ? (node.children ?? []).map(keyOf) : []
}

const keyOf = (property: Node) => String(property.children?.[0]?.value)
