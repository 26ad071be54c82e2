import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { problemsOf } from '../check.js'
import type { DesiredCertificate, DesiredState } from '../desired-state.js'
import { isWrong, type Mistake } from './shape.js'
import { declaration } from './shapes.js'

/** A declaration that cannot be used. Nothing was called. The message has a line for each mistake. */
export class DeclarationError extends Error {
  readonly mistakes: readonly PlacedMistake[]
  constructor(file: string, mistakes: readonly PlacedMistake[]) {
    const lines = mistakes.map(({ line, column, path, words }) => `${file}:${line}:${column} ${path}: ${words}`)
    super(lines.join('\n'))
    this.name = 'DeclarationError'
    this.mistakes = mistakes
  }
}

export interface PlacedMistake {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** In the document, such as `applications[0].appRoles[1].value`. */
  readonly path: string
  readonly words: string
}

export const LARGEST_DECLARATION = 1024 * 1024
const DEEPEST = 16
const MOST_MISTAKES = 50

/**
 * Reads the text of a declaration, which is JSON without comments. `readFile` gives the text of a file that it names.
 * Throws a DeclarationError that names every mistake at once: of syntax, or else of shape, or else of sense.
 */
export function readDeclaration(text: string, file: string, readFile: (name: string) => string): DesiredState {
  const refuse = (mistakes: readonly Mistake[]): never => {
    throw new DeclarationError(file, place(text, mistakes.slice(0, MOST_MISTAKES)))
  }
  const { root, errors } = parse(text)
  if (root === undefined) return refuse(errors)
  const mistakes: Mistake[] = []
  const read = declaration.read(root, { path: [], mistakes })
  if (isWrong(read)) return refuse(mistakes)
  const { applications } = read
  const desired: DesiredState = {
    applications: applications.map(({ certificate, ...application }, index) => {
      if (certificate === undefined) return application
      const path = ['applications', index, 'certificate']
      return { ...application, certificate: withPem(certificate, readFile, root, path, mistakes) }
    }),
  }
  if (mistakes.length > 0) return refuse(mistakes)
  const problems = problemsOf(desired).map(({ path, words }) => ({ offset: offsetOf(root, path), path, words }))
  return problems.length === 0 ? desired : refuse(problems)
}

type Parsed = { readonly root: Node; readonly errors?: never } | { readonly root?: never; readonly errors: Mistake[] }

function parse(text: string): Parsed {
  if (text.length > LARGEST_DECLARATION) return mistaken(0, `is larger than ${LARGEST_DECLARATION} characters`)
  // The parser calls itself for each level, so depth is looked at first.
  const deep = firstTooDeep(text)
  if (deep !== undefined) return mistaken(deep, `is nested deeper than ${DEEPEST} levels`)
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  if (errors.length > 0) {
    return {
      errors: errors.map(({ error, offset }) => ({ offset, path: [], words: wordsFor(printParseErrorCode(error)) })),
    }
  }
  return root === undefined ? mistaken(0, 'is empty; an object was expected') : { root }
}

function mistaken(offset: number, words: string): Parsed {
  return { errors: [{ offset, path: [], words }] }
}

function firstTooDeep(text: string): number | undefined {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
    if (depth > DEEPEST) return index
  }
  return undefined
}

/** `CloseBraceExpected` → `close brace expected`. */
function wordsFor(code: string): string {
  return `is not JSON: ${code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()}`
}

function withPem(
  certificate: { displayName: string; file: string } | Exclude<DesiredCertificate, { pem: string }>,
  readFile: (name: string) => string,
  root: Node,
  path: readonly (string | number)[],
  mistakes: Mistake[],
): DesiredCertificate {
  if (!('file' in certificate)) return certificate
  const { displayName, file } = certificate
  try {
    return { displayName, pem: readFile(file) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'
    const at = [...path, 'file']
    mistakes.push({ offset: offsetOf(root, at), path: at, words: `names a file that cannot be read (${code})` })
    return { displayName, pem: '' }
  }
}

/** Where a path is in the document; where its last step is not there, the part that should have it. */
function offsetOf(root: Node, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node !== undefined) return node.offset
  }
  return root.offset
}

function place(text: string, mistakes: readonly Mistake[]): PlacedMistake[] {
  return mistakes.map(({ offset, path, words }) => {
    const before = text.slice(0, offset).split('\n')
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, path: pathText(path), words }
  })
}

function pathText(path: readonly (string | number)[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${shown(step)}`)).join('')
  return text === '' ? 'the document' : text.replace(/^\./, '')
}

// A name comes from the file, and may be anything.
function shown(name: string): string {
  return /^[\w$-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64))
}
