import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** One file of the page; `brotli` is the same, compressed when it was built. */
export interface SiteFile {
  readonly type: string
  readonly plain: Uint8Array
  readonly brotli: Uint8Array | undefined
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The files of a folder by their names, read once: a request finds them by name alone, so no path leads to any other file.
 * Throws what the file system says of a folder that cannot be read.
 */
export function readSite(folder: string): ReadonlyMap<string, SiteFile> {
  const names = new Set(readdirSync(folder))
  const files = new Map<string, SiteFile>()
  for (const name of names) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const brotli = names.has(`${name}.br`) ? readFileSync(join(folder, `${name}.br`)) : undefined
    files.set(name, { type, plain: readFileSync(join(folder, name)), brotli })
  }
  return files
}
