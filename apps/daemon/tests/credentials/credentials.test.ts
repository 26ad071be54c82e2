import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import type { CredentialSource, Material } from '../../src/credentials/credential-source.js'
import { createCredentials } from '../../src/credentials/credentials.js'
import { createMaterialReader } from '../../src/credentials/material.js'
import { Failure } from '../../src/failure.js'
import { makeCertificate } from '../stand-in/certificates.js'

const now = Date.parse('2026-11-23T10:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-credentials-'))
after(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string): Material {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { setting: `${name.toUpperCase()}_FILE`, origin: '.env', from: 'file', path }
}

function open(
  sources: readonly CredentialSource[],
  stdin: Iterable<string> | AsyncIterable<string> = [],
  signal = never,
) {
  const concealed: string[] = []
  const warnings: string[] = []
  const credentials = createCredentials({
    sources,
    reader: createMaterialReader(() => Readable.from(stdin), signal),
    now: () => now,
    conceal: (secret) => concealed.push(secret),
    warn: (text) => warnings.push(text),
  })
  return { credentials, concealed, warnings }
}

const never = new AbortController().signal

const secret = (material: Material): CredentialSource => ({ kind: 'secret', secret: material })
const none: ReadonlySet<string> = new Set()

function certificateFile(name: string, change?: Parameters<typeof makeCertificate>[1]): CredentialSource {
  const { keyPem, certificatePem } = makeCertificate(now, change)
  const certificate = write(name, keyPem + certificatePem)
  return { kind: 'certificate', certificate, privateKey: undefined, password: undefined, thumbprint: undefined }
}

test('the first usable credential is taken; those passed over are told once', async () => {
  const { credentials, warnings } = open([
    certificateFile('expired', { fromDays: -9, toDays: -1 }),
    {
      kind: 'federated token file',
      token: { setting: 'FEDERATED_TOKEN_FILE', origin: '.env', from: 'file', path: '/nowhere' },
    },
    secret(write('first', 'first-secret\n')),
    secret(write('second', 'second-secret\n')),
  ])
  assert.deepEqual((await credentials.next(none))?.forMsal, { clientSecret: 'first-secret' })
  await credentials.next(none)
  assert.equal(warnings.length, 2)
  assert.match(
    warnings[0] ?? '',
    /^passed over a credential: the certificate of the file .+expired of EXPIRED_FILE has expired/,
  )
  assert.match(
    warnings[1] ?? '',
    /^passed over a credential: the file \/nowhere of FEDERATED_TOKEN_FILE cannot be read: there is no such file or folder$/,
  )
})

test('when none can be used the failure names all reasons', async () => {
  const { credentials } = open([certificateFile('old', { fromDays: -9, toDays: -1 }), secret(write('empty', ' \n'))])
  await assert.rejects(credentials.next(none), (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'authentication')
    assert.match(
      error.message,
      /^no usable credential: the certificate of .+ has expired .+; the file .+empty of EMPTY_FILE is empty$/,
    )
    return true
  })
})

test('a secret that is too short to be one is refused without being repeated', async () => {
  const { credentials } = open([secret(write('short', 'QxZ4567\n'))])
  await assert.rejects(credentials.next(none), (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    assert.match(
      error.message,
      /the file .+short of SHORT_FILE has fewer than 8 characters, too few for a client secret$/,
    )
    assert.doesNotMatch(error.message, /QxZ4567/)
    return true
  })
  assert.ok(await open([secret(write('enough', 'QxZ45678'))]).credentials.next(none))
})

test('a secret that changes in its file is picked up, with a new generation', async () => {
  const material = write('rotating', 'first-secret')
  const { credentials, concealed } = open([secret(material)])
  const first = await credentials.next(none)
  assert.equal(credentials.generation(), 0)
  write('rotating', 'second-secret')
  const second = await credentials.next(new Set([first?.fingerprint ?? '']))
  assert.deepEqual(second?.forMsal, { clientSecret: 'second-secret' })
  assert.equal(credentials.generation(), 1)
  assert.deepEqual(concealed, ['first-secret', 'second-secret'])
})

test('a refused credential comes last until it changes', async () => {
  const material = write('refused', 'first-secret')
  const { credentials } = open([secret(material), secret(write('other', 'second-secret'))])
  const first = await credentials.next(none)
  assert.ok(first)
  credentials.refuse(first)
  assert.deepEqual((await credentials.next(none))?.forMsal, { clientSecret: 'second-secret' })
  assert.equal(
    await credentials.next(new Set([first.fingerprint, (await credentials.next(none))?.fingerprint ?? ''])),
    undefined,
  )
  write('refused', 'third-secret')
  assert.deepEqual((await credentials.next(none))?.forMsal, { clientSecret: 'third-secret' })
})

test('a refused credential without rival is tried again', async () => {
  const { credentials } = open([secret(write('alone', 'first-secret'))])
  const first = await credentials.next(none)
  assert.ok(first)
  credentials.refuse(first)
  assert.equal((await credentials.next(none))?.fingerprint, first.fingerprint)
})

test('a certificate that ends within 30 days is used, and warned about once', async () => {
  const { credentials, warnings } = open([certificateFile('ending', { toDays: 12 })])
  assert.equal((await credentials.next(none))?.kind, 'certificate')
  await credentials.next(none)
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /^certificate [0-9A-F]{16}… from the file .+ending of ENDING_FILE expires in 12 days; register and install a new one before$/,
  )
})

test('a certificate that ends today is said to', async () => {
  const { credentials, warnings } = open([certificateFile('today', { toDays: 0.5 })])
  await credentials.next(none)
  assert.match(warnings[0] ?? '', /of TODAY_FILE expires within a day; register and install a new one before$/)
})

test('a secret can come from standard input, which is read once', async () => {
  const { credentials } = open(
    [secret({ setting: 'CLIENT_SECRET_FROM', origin: '.env', from: 'stdin' })],
    ['pip', 'ed-secret\n'],
  )
  for (let round = 0; round < 2; round++) {
    assert.deepEqual((await credentials.next(none))?.forMsal, { clientSecret: 'piped-secret' })
  }
})

test('a standard input that never ends, and a command that never does, end with the deadline', async () => {
  const command = [process.execPath, '-e', 'setInterval(() => undefined, 1000)']
  const endless: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
  }
  for (const from of [{ from: 'stdin' as const }, { from: 'command' as const, command }]) {
    const stop = new AbortController()
    const deadline = new Failure('deadline', { what: 'a', why: 'b', next: 'c' })
    const source = secret({ setting: 'CLIENT_SECRET_FROM', origin: '.env', ...from })
    const waiting = open([source], endless, stop.signal).credentials.next(none)
    setImmediate(() => stop.abort(deadline))
    await assert.rejects(waiting, deadline)
  }
})

test('a secret can come from a command, which is run for each token request', async () => {
  const path = join(folder, 'provider.mjs')
  writeFileSync(path, `process.stdout.write('made-by-' + process.argv[2] + '\\n')`)
  const material: Material = {
    setting: 'CLIENT_SECRET_FROM',
    origin: '.env',
    from: 'command',
    command: [process.execPath, path, 'up'],
  }
  assert.deepEqual((await open([secret(material)]).credentials.next(none))?.forMsal, { clientSecret: 'made-by-up' })
})

for (const [title, command, why] of [
  [
    'ends with an error',
    [process.execPath, '-e', 'process.exit(3) // s3cret'],
    /cannot be read: it ended with exit code 3$/,
  ],
  ['does not exist', ['/nowhere/provider', 's3cret'], /cannot be read: it cannot be started \(ENOENT\)$/],
  ['says nothing', [process.execPath, '-e', '// s3cret'], /is empty$/],
] as const) {
  test(`a command that ${title} is named without its arguments`, async () => {
    const { credentials } = open([secret({ setting: 'CLIENT_SECRET_FROM', origin: '.env', from: 'command', command })])
    await assert.rejects(credentials.next(none), (error) => {
      assert.ok(error instanceof Failure)
      assert.match(error.message, why)
      assert.ok(!error.message.includes('s3cret'))
      return true
    })
  })
}

test('a secret file that may not be read is refused by its name', {
  skip: process.getuid?.() === 0 && 'root may read everything',
}, async () => {
  const material = write('closed', 'first-secret')
  chmodSync(join(folder, 'closed'), 0)
  await assert.rejects(
    open([secret(material)]).credentials.next(none),
    /CLOSED_FILE cannot be read: the current user may not$/,
  )
})

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

test('a federated token is read from its file each time and its end is known', async () => {
  const first = jwt({ exp: now / 1000 + 60 })
  const token = write('federated', `${first}\n`)
  const { credentials, concealed } = open([{ kind: 'federated token file', token }])
  const credential = await credentials.next(none)
  assert.deepEqual(credential?.forMsal, { clientAssertion: first })
  assert.equal(credential?.expiresAt, now + 60_000)
  const second = jwt({ exp: now / 1000 + 600 })
  write('federated', second)
  assert.deepEqual((await credentials.next(none))?.forMsal, { clientAssertion: second })
  assert.deepEqual(concealed, [first, second])
})

for (const [title, content, why] of [
  ['expired', jwt({ exp: now / 1000 }), /has expired at 2026-11-23T10:00:00\.000Z$/],
  ['no JWT', 'hello', /holds no JWT$/],
] as const) {
  test(`a federated token that is ${title} is refused and not repeated`, async () => {
    const { credentials } = open([{ kind: 'federated token file', token: write('bad', content) }])
    await assert.rejects(credentials.next(none), (error) => {
      assert.ok(error instanceof Failure)
      assert.match(error.message, why)
      assert.ok(!error.message.includes(content))
      return true
    })
  })
}
