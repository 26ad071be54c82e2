import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Answer, Call } from '../listener/call.js'
import { isLoopback } from '../listener/hosts.js'

/** One file of the portal; `brotli` is the same, compressed when it was built. */
interface SiteFile {
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
 * The portal's files as a function from calls to answers; callers on other machines get none of them. They are all read
 * here and found by name alone, so there is no path that leads to any other file. A folder that cannot be read gives a
 * portal that says how to build it.
 */
export function openSite(folder: string): (call: Call) => Answer {
  const files = readFiles(folder)
  return (call) => {
    const [, name, ...deeper] = call.path
    if (!isLoopback(call.remoteAddress)) return said(403, 'The portal is for browsers on this machine only.')
    if (call.method !== 'GET' && call.method !== 'HEAD')
      return said(405, 'The portal answers GET.', { allow: 'GET, HEAD' })
    if (name === 'assets') {
      const file = deeper.length === 1 ? files.get(deeper[0] ?? '') : undefined
      return file === undefined ? said(404, 'The portal has no such file: reload the page.') : sent(file, call, forGood)
    }
    // Every other path is a page, and which one is the business of the program in the browser.
    const page = files.get('index.html')
    return page === undefined
      ? said(503, 'The portal has not been built. Next: npm run build.')
      : sent(page, call, fresh)
  }
}

function readFiles(folder: string): ReadonlyMap<string, SiteFile> {
  const names = namesIn(folder)
  const read = (name: string) => (names.has(name) ? readFileSync(join(folder, name)) : undefined)
  const files = new Map<string, SiteFile>()
  for (const name of names) {
    const type = types[extname(name)]
    const plain = type === undefined ? undefined : read(name)
    if (type !== undefined && plain !== undefined) files.set(name, { type, plain, brotli: read(`${name}.br`) })
  }
  return files
}

function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder))
  } catch {
    return new Set()
  }
}

/** The names of the assets are hashes of what is in them; the page that names them is asked for each time. */
const forGood = 'public, max-age=31536000, immutable'
const fresh = 'no-cache'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const guarded = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

function sent({ type, plain, brotli }: SiteFile, { headers }: Call, caching: string): Answer {
  const accepted = (headers['accept-encoding'] ?? '').split(',')
  const compressed = accepted.some((coding) => coding.trim() === 'br') ? brotli : undefined
  const common = { ...guarded, 'content-type': type, 'cache-control': caching, vary: 'accept-encoding' }
  if (compressed === undefined) return { status: 200, headers: common, bytes: plain }
  return { status: 200, headers: { ...common, 'content-encoding': 'br' }, bytes: compressed }
}

function said(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const plain = { ...guarded, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  return { status, headers: { ...plain, ...headers }, text: `${sentence}\n` }
}
