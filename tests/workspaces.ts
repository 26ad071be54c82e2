import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder, from the compiled place of this file. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface Workspace {
  /** For instance `packages/local-tenant`. */
  readonly folder: string
  readonly name: string
  readonly manifest: Manifest
  /** Paths of the sources below `src`, relative to the root, with forward slashes. */
  readonly sources: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
}

export function workspaces(): Workspace[] {
  const folders = ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
  return folders.map((folder) => {
    const manifest = readManifest(folder)
    const sources = ['.ts', '.tsx'].flatMap((ending) => filesBelow(`${folder}/src`, ending))
    return { folder, name: manifest.name, manifest, sources }
  })
}

/** Files below a folder whose names end in `ending`, relative to the root, with forward slashes. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The modules that a source names in import, export … from, import() and import.meta.resolve. */
export function importsOf(path: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+|\bresolve\(\s*|\brequire\(\s*)'([^'\n]+)'/g
  return [...read(path).matchAll(pattern)].flatMap(([, module]) => (module === undefined ? [] : [module]))
}
