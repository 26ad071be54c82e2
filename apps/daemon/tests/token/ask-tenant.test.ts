import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credential } from '../../src/credentials/credential.js'
import { Failure } from '../../src/failure.js'
import { createTenant } from '../../src/token/ask-tenant.js'
import { TokenRefused } from '../../src/token/token-refused.js'
import type { Answer, OutgoingRequest } from '../../src/transport/transport.js'
import { createTestClock } from '../stand-in/clock.js'

const tenantId = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
const granted: Reply = {
  status: 200,
  body: { token_type: 'Bearer', expires_in: 3599, refresh_in: 1800, access_token: 'a.b.c' },
}

interface Reply {
  status: number
  headers?: Record<string, string>
  body: unknown
}

interface Given {
  authority?: string
  /** Answers of the token endpoint, in order; the last one stays. */
  answers?: readonly Reply[]
  secrets?: readonly string[]
}

/** A made-up cloud tenant asked through real MSAL; its issuer has the form of a real external tenant. */
function setUp({
  authority = `https://contoso.ciamlogin.com/${tenantId}`,
  answers = [granted],
  secrets = ['one'],
}: Given) {
  const asked: string[] = []
  const forms: URLSearchParams[] = []
  const left = [...answers]
  const send = ({ url, method, body }: OutgoingRequest): Promise<Answer> => {
    asked.push(`${method} ${url.origin}${url.pathname}`)
    if (method === 'GET') return Promise.resolve(answered(200, metadata(url.origin)))
    forms.push(new URLSearchParams(body))
    const { status, headers, body: content } = (left.length > 1 ? left.shift() : left[0]) ?? granted
    return Promise.resolve(answered(status, content, headers))
  }
  const clock = createTestClock({ impatient: true })
  const refused: string[] = []
  const ask = createTenant({
    clientId: '00001111-aaaa-4bbb-8ccc-333333333333',
    authority: new URL(authority),
    scope: 'api://22223333-cccc-4ddd-8eee-444444444444/.default',
    credentials: {
      next: (tried) => Promise.resolve(secrets.filter((secret) => !tried.has(secret)).map(secretCredential)[0]),
      refuse: ({ fingerprint }) => refused.push(fingerprint),
      generation: () => 0,
    },
    transport: { send, close: () => undefined },
    correlationId: () => '44445555-6666-4777-8888-9999aaaabbbb',
    progress: () => undefined,
    clock,
    random: () => 0,
    signal: new AbortController().signal,
  })
  return { ask, asked, forms, clock, refused }
}

function secretCredential(secret: string): Credential {
  return {
    kind: 'secret',
    label: 'a secret',
    fingerprint: secret,
    forMsal: { clientSecret: secret },
    expiresAt: undefined,
  }
}

function answered(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers, text: JSON.stringify(body) }
}

function refusedWith(code: number) {
  return {
    status: 401,
    body: { error: 'invalid_client', error_description: `AADSTS${code}: No.`, error_codes: [code] },
  }
}

function metadata(origin: string) {
  return {
    issuer: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
  }
}

/** Every form of the issuer matrix, and which path the metadata is asked for at. */
const authorities: readonly [authority: string, tenant: string][] = [
  ['https://contoso.ciamlogin.com/', 'contoso.onmicrosoft.com'],
  ['https://contoso.ciamlogin.com/contoso.onmicrosoft.com', 'contoso.onmicrosoft.com'],
  [`https://contoso.ciamlogin.com/${tenantId}`, tenantId],
  [`https://contoso.ciamlogin.com/${tenantId}/v2.0`, tenantId],
  [`https://${tenantId}.ciamlogin.com/`, tenantId],
  [`https://${tenantId}.ciamlogin.com/${tenantId}/`, tenantId],
  [`https://login.contoso.example/${tenantId}`, tenantId],
  ['https://login.contoso.example/contoso.onmicrosoft.com', 'contoso.onmicrosoft.com'],
  [`https://localhost:8443/${tenantId}`, tenantId],
]

for (const [authority, tenant] of authorities) {
  test(`MSAL accepts ${authority} and asks that host alone, once for the metadata`, async () => {
    const { ask, asked, clock } = setUp({ authority })
    const { origin } = new URL(authority)
    const startedAt = clock.now()
    assert.deepEqual(await ask({}), {
      token: 'a.b.c',
      obtainedAt: startedAt,
      renewAt: startedAt + 1_800_000,
      expiresAt: startedAt + 3_599_000,
    })
    await ask({})
    assert.deepEqual(asked, [
      `GET ${origin}/${tenant}/v2.0/.well-known/openid-configuration`,
      `POST ${origin}/${tenantId}/oauth2/v2.0/token`,
      `POST ${origin}/${tenantId}/oauth2/v2.0/token`,
    ])
  })
}

test('claims go to the tenant, and MSAL does not answer from a cache of its own', async () => {
  const { ask, forms } = setUp({})
  await ask({})
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
  await ask({ claims })
  await ask({})
  assert.deepEqual(
    forms.map((form) => form.get('claims')?.includes('"nbf":{"essential":true,"value":"1700000000"}')),
    [undefined, true, undefined],
  )
})

for (const code of [7000215, 7000222]) {
  test(`AADSTS${code} makes way for the second secret`, async () => {
    const { ask, forms, refused } = setUp({ answers: [refusedWith(code), granted], secrets: ['one', 'two'] })
    assert.equal((await ask({})).token, 'a.b.c')
    assert.deepEqual(
      forms.map((form) => form.get('client_secret')),
      ['one', 'two'],
    )
    assert.deepEqual(refused, ['one'])
  })
}

test('a refusal that no other credential can put right ends the attempt', async () => {
  const { ask, forms, refused } = setUp({ answers: [refusedWith(700016)], secrets: ['one', 'two'] })
  await assert.rejects(ask({}), (error) => error instanceof TokenRefused && error.aadsts === 700016)
  assert.equal(forms.length, 1)
  assert.deepEqual(refused, [])
})

test('a provider that gives another wrong secret each time is asked four times', async () => {
  const { ask, forms } = setUp({ answers: [refusedWith(7000215)], secrets: ['1', '2', '3', '4', '5', '6'] })
  await assert.rejects(ask({}), (error) => error instanceof TokenRefused && error.aadsts === 7000215)
  assert.equal(forms.length, 4)
})

test('an outage of two answers is waited out, and Retry-After is kept', async () => {
  const busy = { status: 503, headers: { 'retry-after': '2' }, body: {} }
  const { ask, clock } = setUp({ answers: [busy, { status: 500, body: {} }, granted] })
  assert.equal((await ask({})).token, 'a.b.c')
  assert.deepEqual(clock.waits, [2000, 200])
})

test('a Retry-After beyond patience is told, not waited for', async () => {
  const { ask, forms, clock } = setUp({ answers: [{ status: 429, headers: { 'retry-after': '60' }, body: {} }] })
  await assert.rejects(ask({}), (error) => {
    assert.ok(error instanceof TokenRefused)
    assert.equal(error.exit, 'unavailable')
    assert.equal(error.retryAfterMs, 60_000)
    assert.equal(error.next, 'try again in 60 s')
    return true
  })
  assert.equal(forms.length, 1)
  assert.deepEqual(clock.waits, [])
})

for (const body of [{}, { access_token: '', expires_in: 3599, token_type: 'Bearer' }, { access_token: 'a.b.c' }]) {
  test(`${JSON.stringify(body)} is no token`, async () => {
    const { ask } = setUp({ answers: [{ status: 200, body }] })
    await assert.rejects(ask({}), Failure)
  })
}
