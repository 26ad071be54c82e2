import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Tenant } from '../src/index.js'
import { form, type HttpsClient, type Reply } from './https-client.js'

/** A browser as far as sign-in needs one: it keeps cookies and sends forms back. */
export interface Browser {
  get(path: string): Promise<Reply>
  /** Sends the form of the last page with these fields filled in. */
  submit(fields: Readonly<Record<string, string>>): Promise<Reply>
  readonly cookies: Map<string, string>
}

export function openBrowser(client: HttpsClient): Browser {
  const cookies = new Map<string, string>()
  let shown: Reply | undefined
  async function send(method: string, path: string, body?: string): Promise<Reply> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...(body === undefined ? {} : form) }
    const reply = await client.send(method, path, { headers, ...(body === undefined ? {} : { body }) })
    for (const line of reply.headers['set-cookie'] ?? []) keep(cookies, line)
    shown = reply
    return reply
  }
  return {
    cookies,
    get: (path) => send('GET', path),
    submit(fields) {
      const page = shown?.text ?? ''
      const action = unescaped(/<form method="post" action="([^"]*)"/.exec(page)?.[1] ?? '')
      assert.notEqual(action, '', `no form: ${page}`)
      return send('POST', action, new URLSearchParams({ ...hiddenFields(page), ...fields }).toString())
    },
  }
}

export function hiddenFields(page: string): Record<string, string> {
  const found = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, unescaped(value)]))
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const at = pair.indexOf('=')
  assert.ok(attributes.includes('Secure') && attributes.includes('HttpOnly') && attributes.includes('Path=/'), line)
  if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at))
  else cookies.set(pair.slice(0, at), pair.slice(at + 1))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

export function authorizePath(tenant: Pick<Tenant, 'tenantId'>, parameters: Readonly<Record<string, string>>): string {
  return `/${tenant.tenantId}/oauth2/v2.0/authorize?${new URLSearchParams(parameters).toString()}`
}

/** Proof Key for Code Exchange (RFC 7636 §4). */
export function newProofKey() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** What a redirect says to the client, in the query or in the fragment. */
export function told(reply: Reply): Record<string, string> {
  assert.equal(reply.status, 302, reply.text)
  const { search, hash } = new URL(String(reply.headers.location))
  return Object.fromEntries(new URLSearchParams(search === '' ? hash.slice(1) : search))
}
