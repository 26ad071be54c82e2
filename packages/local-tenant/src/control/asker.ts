import type { IncomingHttpHeaders } from 'node:http'
import type { Call } from '../listener/call.js'
import { claimedApp } from '../signing/sign.js'
import type { TokenRequest } from '../token-endpoint/request.js'
import type { Asker } from './request-log.js'

/** Who sent a token request: as it was read, or, where it could not be, as far as its form says so. */
export function askerOfToken({ headers, heard }: Call, request: TokenRequest | undefined): Asker {
  const { clientId, grantType, scope, resource, sku, version }: Claimed = request ?? glance(headers, heard)
  return {
    clientId: noted(clientId),
    grant: noted(grantType),
    scope: noted(scope ?? resource),
    sku: noted(header(headers['x-client-sku']) ?? sku),
    version: noted(header(headers['x-client-ver']) ?? version),
  }
}

/** Reads who asked from any other call. */
export function askerOf({ headers, query }: Call): Asker {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return {
    clientId: token === undefined ? null : claimedApp(token),
    grant: null,
    scope: null,
    sku: noted(header(headers['x-client-sku']) ?? query.get('x-client-SKU')),
    version: noted(header(headers['x-client-ver']) ?? query.get('x-client-VER')),
  }
}

type Part = 'clientId' | 'grantType' | 'scope' | 'resource' | 'sku' | 'version'
type Claimed = { readonly [Name in Part]: TokenRequest[Name] | undefined }

/** The same of a request that was refused before it was read, or that nobody read. */
function glance(headers: IncomingHttpHeaders, body = ''): Claimed {
  const form = new URLSearchParams(body)
  const value = (name: string) => form.get(name) ?? undefined
  return {
    clientId: clientOfBasic(headers.authorization) ?? value('client_id'),
    grantType: value('grant_type'),
    scope: value('scope'),
    resource: value('resource'),
    sku: value('x-client-SKU'),
    version: value('x-client-VER'),
  }
}

const header = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined)

const maxText = 256

/** Texts as they are noted: the same few clients ask again and again. */
const known = new Map<string, string>()
const maxKnown = 1_000

function noted(value: string | null | undefined): string | null {
  if (value === undefined || value === null) return null
  const text = value.length > maxText ? value.slice(0, maxText) : value
  const kept = known.get(text)
  if (kept !== undefined) return kept
  if (known.size >= maxKnown) known.clear()
  // A copy, because a part of a form would keep all of it in memory, with the secret in it.
  const copy = Buffer.from(text).toString('utf8')
  known.set(copy, copy)
  return copy
}

function clientOfBasic(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(0, colon)
}
