import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the application in a folder says of itself, as far as it matters here. */
export interface Project {
  readonly scripts: Readonly<Record<string, string>>
  /** Whether .npmrc sets node-options. */
  readonly npmNodeOptions: boolean
  /** The version of MSAL Node that is installed, or null. */
  readonly msalNode: string | null
  /** Authorities on ciamlogin.com in its configuration. */
  readonly authorities: readonly { readonly file: string; readonly url: string }[]
}

const configurations = ['.env', 'authConfig.js', 'App/authConfig.js', 'appsettings.json', 'src/authConfig.js']
const largestFile = 1_048_576

/** Reads an application's folder. What is missing, too large or not what it is named after counts as empty. */
export function readProject(folder: string): Project {
  const read = (path: string) => readText(join(folder, path))
  const scripts = member(parse(read('package.json')), 'scripts')
  const version = member(parse(read('node_modules/@azure/msal-node/package.json')), 'version')
  return {
    scripts: Object.fromEntries(Object.entries(scripts ?? {}).map(([name, text]) => [name, String(text)])),
    npmNodeOptions: /^\s*node-options\s*=/m.test(read('.npmrc')),
    msalNode: typeof version === 'string' ? version : null,
    authorities: configurations.flatMap((file) => authoritiesIn(read(file)).map((url) => ({ file, url }))),
  }
}

const authoritiesIn = (text: string) => [
  ...new Set(text.match(/https:\/\/[a-z0-9-]+\.ciamlogin\.com(\/[a-z0-9.-]*)*/gi) ?? []),
]

function readText(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() && found.size <= largestFile ? readFileSync(path, 'utf8') : ''
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
