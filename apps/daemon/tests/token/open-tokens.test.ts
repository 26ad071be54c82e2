import assert from 'node:assert/strict'
import { randomUUID, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../src/clock.js'
import type { CredentialSource, Material } from '../../src/credentials/credential-source.js'
import { callWithToken } from '../../src/token/challenge.js'
import { openTokens } from '../../src/token/open-tokens.js'
import { createTransport } from '../../src/transport/transport.js'
import { makeCertificate } from '../stand-in/certificates.js'
import {
  apiId,
  certificateFile,
  clientId,
  entraError,
  type Reply,
  type Seen,
  type Services,
  startServices,
} from '../stand-in/services.js'

const fixedSecret: CredentialSource = {
  kind: 'secret',
  secret: { setting: 'CLIENT_SECRET', origin: 'the test', from: 'value', value: 'made-up-secret' },
}

/** The token layer as the program puts it together: real TLS, real MSAL. */
function open(t: TestContext, { authority }: Services, credentials: readonly CredentialSource[] = [fixedSecret]) {
  const signal = new AbortController().signal
  const transport = createTransport({ extraRoots: readFileSync(certificateFile, 'utf8'), signal })
  const concealed: string[] = []
  let skew = 0
  const tokens = openTokens({
    configuration: {
      clientId,
      authority: new URL(authority),
      scope: `api://${apiId}/.default`,
      credentials,
      tokenCache: { kind: 'memory' },
    },
    transport,
    signal,
    correlationId: randomUUID(),
    clock: createClock(() => Date.now() + skew),
    random: Math.random,
    newId: randomUUID,
    stdin: () => Readable.from([]),
    conceal: (secret) => concealed.push(secret),
    warn: (text) => assert.fail(text),
    progress: () => undefined,
    renewAhead: true,
  })
  t.after(async () => {
    await tokens.close()
    transport.close()
  })
  return { tokens, transport, concealed, age: (ms: number) => (skew += ms) }
}

function requests({ seen }: Services): string[] {
  return seen.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '').split('/').at(-1)}`)
}

test('200 callers on a cold cache are one discovery and one token request through MSAL', async (t) => {
  const services = await startServices(t)
  const { tokens, concealed } = open(t, services)
  const all = await Promise.all(Array.from({ length: 200 }, () => tokens.accessToken()))
  assert.deepEqual([...new Set(all)], [services.accessToken])
  assert.deepEqual(requests(services), ['GET openid-configuration', 'POST token'])
  assert.deepEqual([...new Set(concealed)].sort(), [services.accessToken, 'made-up-secret'].sort())
})

test('at the boundary of renewal 200 callers are one more token request and no discovery', {
  timeout: 30_000,
}, async (t) => {
  const services = await startServices(t)
  const { tokens, age } = open(t, services)
  await tokens.accessToken()
  age(55 * 60_000)
  await Promise.all(Array.from({ length: 200 }, () => tokens.accessToken()))
  await until(() => tokens.state().kind === 'fresh')
  assert.deepEqual(requests(services), ['GET openid-configuration', 'POST token', 'POST token'])
})

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** A credential in a file, with the marks by which the tenant knows the old and the new one. */
interface Rotation {
  old: { content: string; mark: string }
  new: { content: string; mark: string }
  source: (file: Material) => CredentialSource
  markIn: (form: URLSearchParams) => string | null | undefined
  refusal: Reply
}

function certificateParts() {
  const { keyPem, certificatePem } = makeCertificate(Date.now())
  const digest = Buffer.from(new X509Certificate(certificatePem).fingerprint256.replaceAll(':', ''), 'hex')
  return { content: keyPem + certificatePem, mark: digest.toString('base64url') }
}

const rotations: Readonly<Record<string, Rotation>> = {
  secret: {
    old: { content: 'first-secret', mark: 'first-secret' },
    new: { content: 'second-secret', mark: 'second-secret' },
    source: (secret) => ({ kind: 'secret', secret }),
    markIn: (form) => form.get('client_secret'),
    refusal: entraError(401, 'invalid_client', 7000215, 'Invalid client secret provided.'),
  },
  certificate: {
    old: certificateParts(),
    new: certificateParts(),
    source: (certificate) => ({
      kind: 'certificate',
      certificate,
      privateKey: undefined,
      password: undefined,
      thumbprint: undefined,
    }),
    markIn: (form) => {
      const header = Buffer.from(form.get('client_assertion')?.split('.')[0] ?? '', 'base64url').toString()
      return /"x5t#S256":"([^"]+)"/.exec(header)?.[1]
    },
    refusal: entraError(
      401,
      'invalid_client',
      700027,
      'The certificate used to sign the client assertion is not registered.',
    ),
  },
}

for (const [kind, rotation] of Object.entries(rotations)) {
  test(`a ${kind} that is replaced under load fails no call, whichever side changes first`, {
    timeout: 30_000,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-rotation-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'credential')
    writeFileSync(path, rotation.old.content)
    let accepted = rotation.old.mark
    const services = await startServices(t, ({ accessToken }) => ({
      token: ({ body }: Seen): Reply =>
        rotation.markIn(new URLSearchParams(body)) === accepted
          ? { body: { token_type: 'Bearer', expires_in: 3599, access_token: accessToken } }
          : rotation.refusal,
    }))
    const file: Material = { setting: 'THE_FILE', origin: 'the test', from: 'file', path }
    const { tokens, age } = open(t, services, [rotation.source(file)])
    const callers = () => Promise.all(Array.from({ length: 50 }, () => tokens.accessToken()))
    await callers()
    // The tenant changes first: the renewal fails, nobody notices.
    accepted = rotation.new.mark
    // Beyond 85 % of the token's life, to which chance may put the renewal off.
    age(52 * 60_000)
    await callers()
    await until(() => tokens.state().kind === 'degraded')
    await callers()
    // The file follows: the next renewal succeeds without a restart.
    writeFileSync(path, rotation.new.content)
    // Longer than any back-off: on a busy machine there may have been a second failure.
    age(65_000)
    await callers()
    await until(() => tokens.state().kind === 'fresh')
    // Both at once, and the token has ended: everybody waits for the new one.
    accepted = rotation.old.mark
    writeFileSync(path, rotation.old.content)
    age(60 * 60_000)
    assert.deepEqual([...new Set(await callers())], [services.accessToken])
    assert.equal(tokens.state().kind, 'fresh')
  })
}

const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const challenges = {
  'a claims challenge': {
    reply: {
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`,
      },
      body: '',
    },
    sent: /"acrs":\{"essential":true,"value":"c1"\}/,
    ageMs: 0,
  },
  'a missing role': {
    reply: { status: 403, body: { requiredRoles: ['ToDoList.Read.All'] } },
    sent: undefined,
    ageMs: 180_000,
  },
  'a token that is no longer accepted': { reply: { status: 401, body: '' }, sent: undefined, ageMs: 180_000 },
}

for (const [name, { reply, sent, ageMs }] of Object.entries(challenges)) {
  test(`${name} leads to one forced renewal, and the next one within two minutes to none`, async (t) => {
    const services = await startServices(t, () => ({ api: reply }))
    const { tokens, transport, age } = open(t, services)
    await tokens.accessToken()
    age(ageMs)
    const peer = { name: 'the API', setting: 'API_ENDPOINT' }
    const url = new URL(services.apiEndpoint)
    const call = (token: string) =>
      transport.send({ peer, method: 'GET', url, headers: { authorization: `Bearer ${token}` }, maxBytes: 1000 })
    for (let round = 0; round < 2; round++) {
      assert.equal((await callWithToken(tokens, call)).status, reply.status)
    }
    const forms = services.seen.filter(({ method }) => method === 'POST').map(({ body }) => new URLSearchParams(body))
    assert.equal(forms.length, 2)
    if (sent) assert.match(forms[1]?.get('claims') ?? '', sent)
  })
}
