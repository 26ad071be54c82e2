import type { IncomingMessage } from 'node:http'
import { type WebSettings, writtenSettings } from '../settings/settings.js'
import { forGood, fresh, never, pageHeaders } from './headers.js'
import type { SiteFile } from './site-files.js'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

type Files = ReadonlyMap<string, SiteFile>

/** The page at `/`, what it consists of below `/assets`, and its settings; everything else is said in one line of text. */
export function answerFor(
  { method, url = '', headers }: IncomingMessage,
  files: Files,
  settings?: WebSettings,
): Answer {
  if (method !== 'GET' && method !== 'HEAD') {
    // Nobody reads the body that may come.
    return said(405, 'The web app answers GET.', { allow: 'GET, HEAD', connection: 'close' })
  }
  if (settings === undefined) return said(503, 'The web app is starting: reload the page.', { 'retry-after': '1' })
  const [path = ''] = url.split('?')
  if (path === '/settings.json') return sentSettings(settings)
  const asset = /^\/assets\/([\w.-]+)$/.exec(path)?.[1]
  const file = asset === undefined ? files.get(path === '/' ? 'index.html' : '') : files.get(asset)
  if (file === undefined) return said(404, 'The web app has no such page: it is at /.')
  return sent(file, headers['accept-encoding'], asset === undefined ? fresh : forGood, settings)
}

function sent({ type, plain, brotli }: SiteFile, accepted = '', caching: string, settings: WebSettings): Answer {
  const takesBrotli = accepted.split(',').some((coding) => coding.trim() === 'br')
  const body = (takesBrotli ? brotli : undefined) ?? plain
  const headers = { ...pageHeaders(settings), 'content-type': type, 'cache-control': caching, vary: 'accept-encoding' }
  const length = { 'content-length': String(body.byteLength) }
  return { status: 200, headers: { ...headers, ...length, ...(body === brotli && { 'content-encoding': 'br' }) }, body }
}

function sentSettings(settings: WebSettings): Answer {
  const headers = { ...pageHeaders(settings), 'content-type': 'application/json', 'cache-control': never }
  return { status: 200, headers, body: JSON.stringify(writtenSettings(settings)) }
}

function said(status: number, sentence: string, more: Readonly<Record<string, string>> = {}): Answer {
  const headers = { ...pageHeaders(undefined), 'content-type': 'text/plain; charset=utf-8', 'cache-control': never }
  return { status, headers: { ...headers, ...more }, body: `${sentence}\n` }
}
