import type { Call } from '../listener/call.js'
import { claimedApp } from '../signing/sign.js'
import type { Asker } from './request-log.js'

/** Reads who asked from a token request. The form is looked at, not parsed: this happens at every token. */
export function askerOfToken({ headers, heard: body = '' }: Call): Asker {
  return {
    clientId: clientOfBasic(headers.authorization) ?? parameter(body, parameters.clientId),
    grant: parameter(body, parameters.grant),
    scope: parameter(body, parameters.scope) ?? parameter(body, parameters.resource),
    sku: header(headers['x-client-sku']) ?? parameter(body, parameters.sku),
    version: header(headers['x-client-ver']) ?? parameter(body, parameters.version),
  }
}

/** Reads who asked from any other call. */
export function askerOf({ headers, query }: Call): Asker {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return {
    clientId: token === undefined ? null : claimedApp(token),
    grant: null,
    scope: null,
    sku: header(headers['x-client-sku'] ?? query.get('x-client-SKU')),
    version: header(headers['x-client-ver'] ?? query.get('x-client-VER')),
  }
}

const maxText = 256

const header = (value: string | string[] | null | undefined) =>
  typeof value === 'string' ? value.slice(0, maxText) : null

/** How a parameter begins at the start of a form and within it, made once: this is read at every token. */
const beginnings = (name: string) => ({ first: `${name}=`, later: `&${name}=` })
const parameters = {
  clientId: beginnings('client_id'),
  grant: beginnings('grant_type'),
  scope: beginnings('scope'),
  resource: beginnings('resource'),
  sku: beginnings('x-client-SKU'),
  version: beginnings('x-client-VER'),
}

function parameter(body: string, { first, later }: ReturnType<typeof beginnings>): string | null {
  if (body.startsWith(first)) return valueAt(body, first.length)
  const at = body.indexOf(later)
  return at < 0 ? null : valueAt(body, at + later.length)
}

function valueAt(body: string, from: number): string | null {
  const end = body.indexOf('&', from)
  const raw = body.slice(from, Math.min(end < 0 ? body.length : end, from + maxText))
  const known = decoded.get(raw)
  return known === undefined ? decode(raw) : known
}

/** Values as they were sent and as they are meant: the same few clients ask again and again. */
const decoded = new Map<string, string | null>()
const maxDecoded = 1_000

function decode(raw: string): string | null {
  if (decoded.size >= maxDecoded) decoded.clear()
  const value = formDecode(raw)
  // A copy, because a slice would keep the whole body in memory, with the secret in it.
  decoded.set(Buffer.from(raw).toString('utf8'), value)
  return value
}

function formDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

function clientOfBasic(authorization: string | undefined): string | null {
  if (authorization === undefined) return null
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? null : valueAt(text.slice(0, colon), 0)
}
