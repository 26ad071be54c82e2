import assert from 'node:assert/strict'
import type { Credential } from './credentials.js'
import { roles, type TenantUnderTest } from './tenant-under-test.js'

/** What came of asking twice for a token. The token itself is not part of it, so that nothing can print it. */
export type Acquisition =
  | {
      readonly outcome: 'token'
      /** Characters. */
      readonly length: number
      readonly claims: Readonly<Record<string, unknown>>
      /** The second call was answered with the first call's token; every token of the tenant is another one. */
      readonly cached: boolean
    }
  | {
      readonly outcome: 'refused'
      /** The client's own word, such as `invalid_client`. */
      readonly error: string
      /** The AADSTS code, when the client passes it on. */
      readonly code: number | null
    }

export function acquired(first: string, second: string): Acquisition {
  return { outcome: 'token', length: first.length, claims: claimsOf(first), cached: first === second }
}

/** A refusal in a client's word; `text` is whatever it says beside it, read for the AADSTS code only. */
export function refused(error: string, text: string): Acquisition {
  const code = /AADSTS(\d+)/.exec(text)?.[1]
  return { outcome: 'refused', error, code: code === undefined ? null : Number(code) }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return asRecord(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
}

/** Reads the line that a program printed. Throws when it is none. */
export function readAcquisition(line: string): Acquisition {
  const { outcome, length, claims, cached, error, code } = asRecord(JSON.parse(line))
  if (outcome === 'token' && typeof length === 'number' && typeof cached === 'boolean') {
    return { outcome, length, claims: asRecord(claims), cached }
  }
  if (outcome === 'refused' && typeof error === 'string' && (code === null || typeof code === 'number')) {
    return { outcome, error, code }
  }
  throw new Error(`A program printed a line that says neither token nor refusal: ${line.slice(0, 200)}`)
}

function asRecord(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), 'not a JSON object')
  return { ...value }
}

export interface Expected {
  readonly issuer: string
  readonly leadsTo: Credential['leadsTo']
  /** False for a client that keeps no tokens. */
  readonly cached: boolean
}

/** The daemon's own token for the API, signed in the name that the authority's host calls for; or the refusal. */
export function assertAcquired(acquisition: Acquisition, open: TenantUnderTest, expected: Expected): void {
  const { issuer, leadsTo, cached } = expected
  if ('error' in leadsTo) {
    assert.deepEqual(acquisition, { outcome: 'refused', ...leadsTo })
  } else {
    assert.ok(acquisition.outcome === 'token', JSON.stringify(acquisition))
    assert.equal(acquisition.cached, cached)
    assert.ok(acquisition.length > 800)
    assertClaims(acquisition.claims, open, { iss: issuer, azpacr: leadsTo.azpacr })
  }
}

function assertClaims(
  { iat, nbf, exp, aio, rh, uti, xms_ftd, ...claims }: Readonly<Record<string, unknown>>,
  { tenant, api, daemon }: TenantUnderTest,
  expected: { iss: string; azpacr: '1' | '2' },
): void {
  assert.deepEqual(claims, {
    ...expected,
    aud: api.appId,
    azp: daemon.clientId,
    idtyp: 'app',
    oid: daemon.servicePrincipalId,
    roles,
    sub: daemon.servicePrincipalId,
    tid: tenant.tenantId,
    ver: '2.0',
  })
  for (const opaque of [aio, rh, uti, xms_ftd]) assert.equal(typeof opaque, 'string')
  assert.equal(iat, nbf)
  assert.ok(Number(exp) > Date.now() / 1000)
}
