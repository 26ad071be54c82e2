import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { readCredentialSources, type Setting } from '../../src/credentials/credential-source.js'
import { Failure } from '../../src/failure.js'

function read(values: Readonly<Record<string, string | Setting>>) {
  return readCredentialSources({
    get: (name) => {
      const value = values[name]
      return typeof value === 'string' ? { value, origin: '.env', folder: '/settings' } : value
    },
  })
}

function reasonOf(values: Readonly<Record<string, string | Setting>>): string {
  try {
    read(values)
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    return error.parts.why
  }
  throw new assert.AssertionError({ message: 'it was accepted' })
}

const value = (setting: string, text: string) => ({ setting, origin: '.env', from: 'value', value: text })
const file = (setting: string, name: string) => ({
  setting,
  origin: '.env',
  from: 'file',
  path: resolve('/settings', name),
})

test('all kinds at once are tried in a fixed order: certificate, federated token, managed identity, secrets', () => {
  const sources = read({
    CLIENT_SECRET: 'one',
    CLIENT_SECRET_SECONDARY_FILE: 'two.txt',
    MANAGED_IDENTITY: 'system',
    FEDERATED_TOKEN_FILE: 'token.jwt',
    CERT_FILE: 'cert.pem',
    CERT_PRIVATE_KEY_FILE: 'key.pem',
    CERT_PASSWORD: 'pass',
    CERT_THUMBPRINT: 'AB:CD',
  })
  assert.deepEqual(sources, [
    {
      kind: 'certificate',
      certificate: file('CERT_FILE', 'cert.pem'),
      privateKey: file('CERT_PRIVATE_KEY_FILE', 'key.pem'),
      password: value('CERT_PASSWORD', 'pass'),
      thumbprint: 'AB:CD',
    },
    { kind: 'federated token file', token: file('FEDERATED_TOKEN_FILE', 'token.jwt') },
    { kind: 'managed identity', setting: 'MANAGED_IDENTITY', origin: '.env', clientId: undefined },
    { kind: 'secret', secret: value('CLIENT_SECRET', 'one') },
    { kind: 'secret', secret: file('CLIENT_SECRET_SECONDARY_FILE', 'two.txt') },
  ])
})

test('the names of the Azure libraries are understood', () => {
  assert.deepEqual(
    read({
      AZURE_CLIENT_CERTIFICATE_PATH: 'cert.pem',
      AZURE_CLIENT_CERTIFICATE_PASSWORD: 'pass',
      AZURE_FEDERATED_TOKEN_FILE: 'token.jwt',
      AZURE_CLIENT_SECRET: 'one',
    }),
    [
      {
        kind: 'certificate',
        certificate: file('AZURE_CLIENT_CERTIFICATE_PATH', 'cert.pem'),
        privateKey: undefined,
        password: value('AZURE_CLIENT_CERTIFICATE_PASSWORD', 'pass'),
        thumbprint: undefined,
      },
      { kind: 'federated token file', token: file('AZURE_FEDERATED_TOKEN_FILE', 'token.jwt') },
      { kind: 'secret', secret: value('AZURE_CLIENT_SECRET', 'one') },
    ],
  )
})

test('a stronger origin wins over a weaker one, whatever form it uses', () => {
  const sources = read({
    CLIENT_SECRET: { value: 'weak', origin: '.env', rank: 1 },
    CLIENT_SECRET_FILE: { value: '/strong', origin: 'the environment', rank: 0 },
  })
  assert.deepEqual(sources, [
    {
      kind: 'secret',
      secret: { setting: 'CLIENT_SECRET_FILE', origin: 'the environment', from: 'file', path: '/strong' },
    },
  ])
})

test('what the environment holds for other programs never meets the tenant of a weaker origin', () => {
  const sources = read({
    CLIENT_SECRET: { value: 'local', origin: '.tenantry/daemon.env', rank: 1 },
    AZURE_CLIENT_SECRET: { value: 'cloud', origin: 'the environment', rank: 0 },
    AZURE_CLIENT_CERTIFICATE_PATH: { value: '/cloud.pem', origin: 'the environment', rank: 0 },
  })
  assert.deepEqual(sources, [
    {
      kind: 'secret',
      secret: { setting: 'CLIENT_SECRET', origin: '.tenantry/daemon.env', from: 'value', value: 'local' },
    },
  ])
})

const providers: Readonly<Record<string, object>> = {
  'stdin:': { from: 'stdin' },
  'file:secret.txt': { from: 'file', path: resolve('/settings', 'secret.txt') },
  'env:MY_SECRET': { from: 'value', value: 'mine' },
  'exec:vault kv get app': { from: 'command', command: ['vault', 'kv', 'get', 'app'] },
  'exec:["/opt/my tool","a b"]': { from: 'command', command: ['/opt/my tool', 'a b'] },
}

for (const [provider, expected] of Object.entries(providers)) {
  test(`CLIENT_SECRET_FROM=${provider} is understood`, () => {
    assert.deepEqual(read({ CLIENT_SECRET_FROM: provider, MY_SECRET: 'mine' }), [
      { kind: 'secret', secret: { setting: 'CLIENT_SECRET_FROM', origin: '.env', ...expected } },
    ])
  })
}

const mistakes: readonly [values: Record<string, string>, why: RegExp][] = [
  [
    {},
    /^CLIENT_SECRET or CLIENT_SECRET_FILE is missing .+CERT_FILE, FEDERATED_TOKEN_FILE or MANAGED_IDENTITY instead$/,
  ],
  [{ CERT_THUMBPRINT: 'AB:CD' }, /^CLIENT_SECRET or CLIENT_SECRET_FILE is missing/],
  [{ CLIENT_SECRET: 'a', CLIENT_SECRET_FILE: 'b' }, /^\.env sets both CLIENT_SECRET and CLIENT_SECRET_FILE; keep one$/],
  [{ CLIENT_SECRET: 'Enter_the_Client_Secret_Here' }, /^CLIENT_SECRET in \.env still is a placeholder; put the Value/],
  [{ CLIENT_SECRET_FILE: '/path/to/your_secret' }, /^CLIENT_SECRET_FILE in \.env still is a placeholder; put the path/],
  [{ CLIENT_SECRET: 'one two' }, /^CLIENT_SECRET in \.env contains a control character or blank/],
  [
    { CLIENT_SECRET_FROM: 'vault:x' },
    /^CLIENT_SECRET_FROM in \.env is none of file:<path>, env:<name>, exec:<command> and stdin:$/,
  ],
  [
    { CLIENT_SECRET_FROM: 'exec:["a",1]' },
    /^CLIENT_SECRET_FROM in \.env begins like a JSON array and is not one of words$/,
  ],
  [{ CLIENT_SECRET_FROM: 'env:NOWHERE' }, /^CLIENT_SECRET_FROM in \.env names a variable that is not set$/],
  [{ MANAGED_IDENTITY: 'mine' }, /^MANAGED_IDENTITY in \.env is neither "system" nor the client id/],
]

for (const [values, why] of mistakes) {
  test(`${JSON.stringify(values)} is refused`, () => {
    assert.match(reasonOf(values), why)
  })
}

test('all mistakes are named at once, and no value is repeated', () => {
  const why = reasonOf({ CLIENT_SECRET: 'se cret', MANAGED_IDENTITY: 'mine', CERT: 'x', CERT_FILE: 'x' })
  assert.equal(why.split('; ').filter((part) => / \.env |^\.env /.test(part)).length, 3)
  assert.ok(!why.includes('se cret'))
})
