import {
  type AnyNode,
  type ArrayExpression,
  type Expression,
  type Pattern,
  type PrivateIdentifier,
  type Program,
  parse,
} from 'acorn'
import { kindOf, partsOf, type Reading, type Setting, type Unread } from '../setting.js'

/** What an expression comes to without being executed. */
interface Value {
  /** Undefined where that can only be known by executing it. */
  readonly text: string | undefined
  /** The environment variable that is asked first. */
  readonly variable: string | null
  readonly madeOf: readonly string[]
  readonly line: number
}

type Constants = ReadonlyMap<string, AnyNode | { readonly variable: string }>

const deepest = 64

/**
 * Reads a configuration module as text; nothing of it is executed. Texts, templates, sums of them, constants of the same file
 * and `env.X || '…'` of the process are understood. Throws a SyntaxError for what is no JavaScript.
 */
export function readJavaScript(text: string, file: string): Reading {
  const program = parsed(text)
  const constants = constantsOf(program)
  const settings = new Map<string, Setting>()
  const unread = new Map<string, Unread>()
  eachNamed(program, [], 0, (path, node) => {
    const { text: value, variable, madeOf, line } = resolved(node, constants, 0)
    const kind = kindOf(variable === null ? path : [...path, variable], value ?? '') ?? kindOf(path, value ?? '')
    if (kind === undefined) return
    const name = path.join('.')
    if (value === undefined) {
      const key = `${kind}\n${line}`
      if (!unread.has(key)) unread.set(key, { file, line, why: `${name} is computed, and nothing is executed here` })
      return
    }
    for (const [index, one] of partsOf(kind, value).entries()) {
      // A constant that another line uses is one setting.
      const key = `${kind}\n${line}\n${variable}\n${index}`
      if (!settings.has(key)) settings.set(key, { kind, file, line, name, value: one, variable, madeOf })
    }
  })
  return { settings: [...settings.values()], unread: [...unread.values()] }
}

function parsed(text: string): Program {
  const options = { ecmaVersion: 'latest', locations: true, allowReturnOutsideFunction: true } as const
  try {
    return parse(text, { ...options, sourceType: 'module' })
  } catch {
    return parse(text, { ...options, sourceType: 'script' })
  }
}

function constantsOf({ body }: Program): Constants {
  const constants = new Map<string, AnyNode | { readonly variable: string }>()
  for (const statement of body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declaration?.type !== 'VariableDeclaration') continue
    for (const { id, init } of declaration.declarations) {
      if (init === undefined || init === null) continue
      if (id.type === 'Identifier') constants.set(id.name, init)
      else if (isEnvironment(init)) for (const [name, variable] of takenApart(id)) constants.set(name, { variable })
    }
  }
  return constants
}

/** A pattern that takes the environment apart: `{ CLIENT_ID: clientId }`. */
function takenApart(pattern: Pattern): [name: string, variable: string][] {
  if (pattern.type !== 'ObjectPattern') return []
  return pattern.properties.flatMap((property): [string, string][] => {
    if (property.type !== 'Property' || property.value.type !== 'Identifier') return []
    const variable = nameOf(property.key)
    return variable === undefined ? [] : [[property.value.name, variable]]
  })
}

/** Calls back for each expression that has a name: the member of an object, or a constant. */
function eachNamed(
  node: AnyNode,
  path: readonly string[],
  depth: number,
  found: (path: readonly string[], node: AnyNode) => void,
): void {
  if (depth > deepest) throw new RangeError('nested too deeply')
  const into = (child: AnyNode, below: readonly string[]) => eachNamed(child, below, depth + 1, found)
  if (node.type === 'VariableDeclarator') {
    if (node.init) into(node.init, node.id.type === 'Identifier' ? [node.id.name] : [])
  } else if (node.type === 'AssignmentExpression') {
    const name = node.left.type === 'MemberExpression' ? nameOf(node.left.property) : undefined
    into(node.right, name === undefined || name === 'exports' ? [] : [name])
  } else if (node.type === 'Property') {
    const name = node.computed ? undefined : nameOf(node.key)
    if (name !== undefined) into(node.value, [...path, name])
  } else if (node.type === 'ObjectExpression') for (const member of node.properties) into(member, path)
  else if (node.type === 'ArrayExpression') for (const element of elementsOf(node)) into(element, path)
  else if (path.length > 0 && (isText(node) || (isComputed(node) && kindOf(path, '') !== undefined))) found(path, node)
  // What is computed inside a named value has names of its own, but not this one.
  else for (const child of childrenOf(node)) into(child, [])
}

const elementsOf = ({ elements }: ArrayExpression) => elements.filter((element) => element !== null)

const isText = ({ type }: AnyNode) =>
  ['Literal', 'TemplateLiteral', 'LogicalExpression', 'MemberExpression', 'BinaryExpression', 'Identifier'].includes(
    type,
  )

const isComputed = ({ type }: AnyNode) =>
  ['CallExpression', 'ConditionalExpression', 'AwaitExpression', 'NewExpression'].includes(type)

function childrenOf(node: AnyNode): AnyNode[] {
  const values: unknown[] = Object.values(node).flat()
  return values.filter((value): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value)
}

function resolved(node: AnyNode, constants: Constants, depth: number): Value {
  const line = node.loc?.start.line ?? 1
  const nothing = { text: undefined, variable: null, madeOf: [], line }
  if (depth > deepest) return nothing
  const of = (other: AnyNode) => resolved(other, constants, depth + 1)
  if (node.type === 'Literal') return typeof node.value === 'string' ? { ...nothing, text: node.value } : nothing
  if (node.type === 'Identifier') {
    const constant = constants.get(node.name)
    if (constant === undefined) return nothing
    return 'variable' in constant ? { ...nothing, text: '', variable: constant.variable } : of(constant)
  }
  if (node.type === 'MemberExpression') {
    const variable = isEnvironment(node.object) ? nameOf(node.property) : undefined
    return variable === undefined ? nothing : { ...nothing, text: '', variable }
  }
  if (node.type === 'LogicalExpression') {
    const [first, second] = [of(node.left), of(node.right)]
    // `a && b`, or a choice between two values that are both there.
    if (node.operator === '&&' || first.variable === null) return nothing
    return { ...second, variable: first.variable, line: second.text === undefined ? line : second.line }
  }
  if (node.type === 'TemplateLiteral') {
    const texts = node.quasis.map(({ value }) => value.cooked ?? undefined)
    return sumOf(
      texts.flatMap((text, index) => {
        const between = node.expressions[index]
        return [{ ...nothing, text }, ...(between === undefined ? [] : [of(between)])]
      }),
      line,
    )
  }
  return node.type === 'BinaryExpression' && node.operator === '+'
    ? sumOf([of(node.left), of(node.right)], line)
    : nothing
}

function sumOf(parts: readonly Value[], line: number): Value {
  const texts = parts.map(({ text }) => text)
  const text = texts.includes(undefined) ? undefined : texts.join('')
  const madeOf = parts.flatMap((part) => [...(part.variable === null ? [] : [part.variable]), ...part.madeOf])
  return { text, variable: null, madeOf, line }
}

/** The environment of the process, or `import.meta.env` of programs that a bundler builds. */
function isEnvironment(node: AnyNode): boolean {
  if (node.type !== 'MemberExpression' || nameOf(node.property) !== 'env') return false
  return node.object.type === 'MetaProperty' || (node.object.type === 'Identifier' && node.object.name === 'process')
}

function nameOf(node: Expression | PrivateIdentifier): string | undefined {
  if (node.type === 'Identifier') return node.name
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}
