import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DeclarationError, readDeclaration } from '../../src/declaration/read-declaration.js'
import { tutorial } from '../declarations.js'

const certificate = readFileSync(new URL('../../../tests/declaration/client.cert.pem', import.meta.url), 'utf8')

function read(text: string, readFile: (name: string) => string = noFile) {
  return readDeclaration(text, 'apps.json', readFile)
}

function noFile(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

function refusal(text: string, readFile?: (name: string) => string): string[] {
  try {
    read(text, readFile)
  } catch (error) {
    assert.ok(error instanceof DeclarationError)
    assert.equal(error.message.split('\n').length, error.mistakes.length)
    return error.message.split('\n')
  }
  return assert.fail('the declaration was accepted')
}

const one = (members: object) => JSON.stringify({ applications: [{ uniqueName: 'a', displayName: 'A', ...members }] })

test('a declaration is read as it is written', () => {
  assert.deepEqual(read(JSON.stringify({ $schema: 'x', ...tutorial }, null, 2)), tutorial)
})

test('everything that can be declared is read', () => {
  const full = {
    uniqueName: 'a',
    appId: '11111111-2222-4333-8444-555555555555',
    displayName: 'A',
    signInAudience: 'AzureADMyOrg',
    identifierUri: 'https://contoso.onmicrosoft.com/a',
    accessTokenVersion: 1,
    appRoles: [
      {
        id: '11111111-2222-4333-8444-555555555556',
        value: 'R',
        displayName: 'r',
        description: 'r',
        allowedMemberTypes: ['User', 'Application'],
      },
    ],
    delegatedScopes: [
      {
        value: 'S',
        type: 'User',
        adminConsentDisplayName: 's',
        adminConsentDescription: 's',
        userConsentDisplayName: 'u',
        userConsentDescription: 'u',
      },
    ],
    optionalAccessTokenClaims: ['idtyp'],
    redirectUris: { web: ['https://localhost/a'], spa: ['http://localhost:3000'], publicClient: ['msala://auth'] },
    preAuthorizedApplications: [{ application: 'a', delegatedScopes: ['S'] }],
    permissions: [{ application: 'a', appRoles: ['R'], delegatedScopes: ['S'], consent: true }],
    secret: { displayName: 'x', lifetimeDays: 180, renewBeforeDays: 30 },
    certificate: { displayName: 'x', lifetimeDays: 365, renewBeforeDays: 60 },
    federatedCredentials: [
      { name: 'ci-main', issuer: 'https://token.example', subject: 'main', description: 'd', audience: 'x' },
    ],
  }
  assert.deepEqual(read(one(full)), { applications: [full] })
})

test('a certificate is read from the file that is named', () => {
  const text = one({ certificate: { displayName: 'x', file: 'client.pem' } })
  const named: string[] = []
  const desired = read(text, (name) => {
    named.push(name)
    return certificate
  })
  assert.deepEqual(named, ['client.pem'])
  assert.deepEqual(desired.applications[0]?.certificate, { displayName: 'x', pem: certificate })
})

const refused: readonly (readonly [string, string, readonly string[]])[] = [
  ['that is empty', '', ['apps.json:1:1 the document: is not JSON: value expected']],
  [
    'that ends too early',
    '{\n  "applications": [',
    [
      'apps.json:2:20 the document: is not JSON: close bracket expected',
      'apps.json:2:20 the document: is not JSON: close brace expected',
    ],
  ],
  [
    'with a comment',
    '{ // why\n"applications": [] }',
    ['apps.json:1:3 the document: is not JSON: invalid comment token'],
  ],
  [
    'that is a list',
    '[]',
    ['apps.json:1:1 the document: an object with $schema, applications was expected, not this list'],
  ],
  ['without applications', '{}', ["apps.json:1:1 the document: 'applications' is missing"]],
  [
    'with no application',
    '{"applications":[]}',
    ['apps.json:1:17 applications: a list of 1 to 100 was expected, not this list'],
  ],
  [
    'that is nested too deeply',
    `{"applications":${'['.repeat(100_000)}`,
    ['apps.json:1:32 the document: is nested deeper than 16 levels'],
  ],
  [
    'that is too large',
    `${' '.repeat(1024 * 1024)}{}`,
    ['apps.json:1:1 the document: is larger than 1048576 characters'],
  ],
  [
    'with an unknown member',
    '{"applications":[{"uniqueName":"a","displayName":"a"}],\n "__proto__": {}}',
    ['apps.json:2:2 __proto__: is not known here; expected are $schema, applications'],
  ],
  [
    'with a member twice',
    '{"applications":[{"uniqueName":"a",\n"uniqueName":"b","displayName":"a"}]}',
    ['apps.json:2:1 applications[0].uniqueName: stands there twice: keep one'],
  ],
  [
    'with a number for a text',
    '{"applications":[{"uniqueName":7,"displayName":"a"}]}',
    ['apps.json:1:32 applications[0].uniqueName: one line of 1 to 256 characters was expected, not 7'],
  ],
  [
    'with a secret in the wrong place',
    one({ secret: 'hunter2' }),
    [
      'apps.json:1:63 applications[0].secret: an object with displayName, lifetimeDays, renewBeforeDays was expected, not this text',
    ],
  ],
  [
    'with half a day',
    one({ secret: { displayName: 'x', lifetimeDays: 1.5, renewBeforeDays: 0 } }),
    ['apps.json:1:97 applications[0].secret.lifetimeDays: a whole number from 1 to 730 was expected, not 1.5'],
  ],
  [
    'with an unknown kind of member',
    one({ appRoles: [{ value: 'A', displayName: 'a', description: 'a', allowedMemberTypes: ['Dog'] }] }),
    [
      'apps.json:1:137 applications[0].appRoles[0].allowedMemberTypes[0]: "Application" or "User" was expected, not this text',
    ],
  ],
  [
    'with consent in words',
    one({ permissions: [{ application: 'a', consent: 'yes' }] }),
    ['apps.json:1:98 applications[0].permissions[0].consent: true or false was expected, not this text'],
  ],
  [
    'with a certificate file that is not there',
    one({ certificate: { displayName: 'x', file: 'no.pem' } }),
    ['apps.json:1:94 applications[0].certificate.file: names a file that cannot be read (ENOENT)'],
  ],
  [
    'that contradicts itself',
    one({ permissions: [{ application: 'b', consent: true }] }),
    ['apps.json:1:68 applications[0].permissions: application a: it asks for permissions of b, which is not declared'],
  ],
  [
    'with one name for two',
    '{"applications":[{"uniqueName":"a","displayName":"a"},\n{"uniqueName":"a","displayName":"b"}]}',
    ['apps.json:2:15 applications[1].uniqueName: application a is declared twice'],
  ],
]

for (const [which, text, lines] of refused) {
  test(`a declaration ${which} is refused with its place`, () => {
    assert.deepEqual(refusal(text), lines)
  })
}

test('all mistakes are named at once', () => {
  const text = '{"applications":[\n{"uniqueName":"a"},\n{"displayName":7,"x":1}]}'
  assert.deepEqual(
    refusal(text).map((line) => line.split(' ')[0]),
    ['apps.json:2:1', 'apps.json:3:16', 'apps.json:3:18', 'apps.json:3:1'],
  )
})

test('a certificate that comes with its key is refused, and the key stays out of the message', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'
  const lines = refusal(one({ certificate: { displayName: 'x', file: 'both.pem' } }), () => certificate + key)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /its certificate comes with a private key, which has to stay where it is$/)
  assert.doesNotMatch(lines.join(), /c2VjcmV0/)
})

test('at most fifty mistakes are named', () => {
  assert.equal(refusal(JSON.stringify({ applications: Array(80).fill(1) })).length, 50)
})
