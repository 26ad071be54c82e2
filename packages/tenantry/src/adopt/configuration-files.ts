import { isUtf8 } from 'node:buffer'
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Reading, Unread, Variable } from './setting.js'

type Read = (text: string, file: string) => Reading

/** What is read, by the name of the file; each parser is loaded only for a file of its own. */
const formats: readonly (readonly [RegExp, () => Promise<Read>])[] = [
  [/^(auth|msal)[-_.]?config\.[cm]?js$/i, async () => (await import('./formats/javascript.js')).readJavaScript],
  [/^appsettings(\.development)?\.json$/i, async () => (await import('./formats/appsettings.js')).readAppSettings],
  [/^application\.ya?ml$/, async () => (await import('./formats/spring.js')).readSpringYaml],
  [/^application\.properties$/, async () => (await import('./formats/spring.js')).readSpringProperties],
  [/^\.env(\.(local|dev|development))*$/, async () => (await import('./formats/env.js')).readEnv],
]

/** Files that hold such settings too, and why they are left alone. */
const leftAlone: readonly (readonly [RegExp, string])[] = [
  [/^(auth|msal)[-_.]?config\.(ts|tsx|mts|jsx)$/i, 'TypeScript and JSX are not read'],
  [/^appsettings\..+\.json$/i, 'only appsettings.json and appsettings.Development.json are read'],
  [/^application-.+\.(ya?ml|properties)$/, 'profiles are not read, only application.yml and application.properties'],
]

/** A file that stands where a program has its own files. */
const marks =
  /^(package\.json|pom\.xml|build\.gradle(\.kts)?|pyproject\.toml|requirements\.txt|go\.mod|.+\.(cs|fs|vb)proj)$/
const notTheirs = /^(node_modules|bin|obj|dist|build|out|target|vendor|coverage|venv|__pycache__|\..*)$/

export const lookedFor =
  'authConfig.js, appsettings.json, .env, application.yml and application.properties, eight folders deep'

const limits = { depth: 8, entries: 20_000, files: 200, bytes: 1_048_576 } as const

export interface Configuration extends Reading {
  readonly variables: readonly Variable[]
  /** The files that were read. */
  readonly files: readonly string[]
  /** Folders, relative to the one that is adopted, each of which is a program's own; the adopted one is ''. */
  readonly programFolders: readonly string[]
}

/**
 * Reads the configuration of the programs below a folder, and nothing else of them; links are not followed. What cannot be
 * read is told with the reason, and the rest is read all the same.
 */
export async function readConfiguration(root: string): Promise<Configuration> {
  const found = look(root)
  const readings: Reading[] = [{ settings: [], unread: found.unread }]
  const files: string[] = []
  for (const { file, load } of found.files) {
    const reading = await readOne(root, file, load)
    readings.push(reading)
    if (reading.unread.every(({ line }) => line !== null)) files.push(file)
  }
  return {
    settings: readings.flatMap(({ settings }) => settings),
    unread: readings.flatMap(({ unread }) => unread),
    variables: readings.flatMap(({ variables = [] }) => variables),
    files,
    programFolders: [...found.programFolders],
  }
}

interface Found {
  readonly files: { readonly file: string; readonly load: () => Promise<Read> }[]
  readonly unread: Unread[]
  readonly programFolders: Set<string>
}

function look(root: string): Found {
  const found: Found = { files: [], unread: [], programFolders: new Set(['']) }
  let entries = 0
  const folders = [{ path: '', depth: 0 }]
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const { path, depth } = folder
    for (const entry of readFolder(root, path, found)) {
      entries += 1
      const file = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory() && depth < limits.depth && !notTheirs.test(entry.name)) {
        folders.push({ path: file, depth: depth + 1 })
      }
      if (!entry.isDirectory()) sort(found, path, file, entry)
      if (found.files.length >= limits.files || entries >= limits.entries) {
        found.unread.push({ file: path || '.', line: null, why: 'there is more here than is looked through' })
        return found
      }
    }
  }
  return found
}

function readFolder(root: string, path: string, { unread }: Found): Dirent[] {
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    unread.push({ file: path || '.', line: null, why: `the folder cannot be read (${codeOf(error)})` })
    return []
  }
}

function sort({ files, unread, programFolders }: Found, path: string, file: string, entry: Dirent): void {
  const { name } = entry
  if (marks.test(name)) programFolders.add(path)
  const load = formats.find(([pattern]) => pattern.test(name))?.[1]
  const why = leftAlone.find(([pattern]) => pattern.test(name))?.[1]
  if (load !== undefined && entry.isFile()) files.push({ file, load })
  else if (load !== undefined) unread.push({ file, line: null, why: 'it is a link or no file, which is not followed' })
  else if (why !== undefined) unread.push({ file, line: null, why })
}

async function readOne(root: string, file: string, load: () => Promise<Read>): Promise<Reading> {
  const refuse = (why: string) => ({ settings: [], unread: [{ file, line: null, why }] })
  try {
    const path = join(root, file)
    if (statSync(path).size > limits.bytes) return refuse('it is larger than 1 MiB')
    const bytes = readFileSync(path)
    if (!isUtf8(bytes)) return refuse('it is not UTF-8')
    const read = await load()
    // Without the mark that some editors put in front.
    return read(bytes.toString('utf8').replace(/^\uFEFF/, ''), file)
  } catch (error) {
    return refuse(whyNot(error))
  }
}

/** What a parser says may repeat a piece of the file, which may be a secret: only places are taken from it. */
function whyNot(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply'
  if (!(error instanceof SyntaxError)) return `it cannot be read (${codeOf(error)})`
  const { loc } = error as { loc?: { line: number } }
  if (loc !== undefined) return `it is damaged at line ${loc.line}`
  return /^line \d+: \w+$/.test(error.message) ? `it is damaged at ${error.message}` : 'it is damaged'
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
