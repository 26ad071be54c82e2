import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, isLoopback, readDatabase, readServeConfiguration } from '../src/configuration.js'

const tenantId = '5c1d8a4e-6f0b-4d27-9c3a-0b1f2e3d4c5b'
const clientId = '7f3e9b2a-1c4d-4e5f-8a6b-9c0d1e2f3a4b'
const least: Environment = {
  AUTHORITY: `https://localhost:8443/${tenantId}`,
  TENANT_ID: tenantId,
  CLIENT_ID: clientId,
  TLS_CERT_FILE: 'cert.pem',
  TLS_KEY_FILE: 'key.pem',
}

test('five settings are enough for serve, the rest has defaults', () => {
  assert.deepEqual(readServeConfiguration(least), {
    configuration: {
      authority: `https://localhost:8443/${tenantId}`,
      tenantId,
      clientId,
      database: { kind: 'sqlite', file: '.tenantry/todolist.db' },
      host: 'localhost',
      port: 44351,
      tlsFiles: { cert: 'cert.pem', key: 'key.pem' },
      behindProxy: false,
      caFile: null,
      logLevel: 'warn',
      origins: [],
      rateLimits: { perAddress: 120_000, perCaller: 60_000 },
      metrics: null,
      drainSeconds: 0,
    },
  })
})

test('every setting can be given', () => {
  const all = {
    ...least,
    TENANT_ID: tenantId.toUpperCase(),
    DATABASE_FILE: '/var/lib/todo.db',
    HOST: '0.0.0.0',
    PORT: '0',
    TRUST_PROXY: '1',
    CA_FILE: 'ca.pem',
    LOG_LEVEL: 'info',
    CORS_ORIGINS: 'https://app.example.com, http://localhost:3000',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_CALLER: '600',
    METRICS_HOST: '0.0.0.0',
    METRICS_PORT: '9464',
    DRAIN_SECONDS: '5',
  }
  assert.deepEqual(readServeConfiguration(all), {
    configuration: {
      authority: `https://localhost:8443/${tenantId}`,
      tenantId,
      clientId,
      database: { kind: 'sqlite', file: '/var/lib/todo.db' },
      host: '0.0.0.0',
      port: 0,
      tlsFiles: { cert: 'cert.pem', key: 'key.pem' },
      behindProxy: true,
      caFile: 'ca.pem',
      logLevel: 'info',
      origins: ['https://app.example.com', 'http://localhost:3000'],
      rateLimits: { perAddress: null, perCaller: 600 },
      metrics: { host: '0.0.0.0', port: 9464 },
      drainSeconds: 5,
    },
  })
})

test('plain HTTP is possible only when TRUST_PROXY says that a proxy ends TLS', () => {
  const { TLS_CERT_FILE: _cert, TLS_KEY_FILE: _key, ...without } = least
  const reading = readServeConfiguration({ ...without, TRUST_PROXY: '1' })
  assert('configuration' in reading)
  assert.equal(reading.configuration.tlsFiles, null)
  assert.deepEqual(mistakes({ TLS_CERT_FILE: '', TLS_KEY_FILE: '' }), [
    'TLS_CERT_FILE is missing: set it to the PEM file of the certificate, or set TRUST_PROXY=1 when a proxy ends TLS.',
    'TLS_KEY_FILE is missing: set it to the PEM file of the private key, or set TRUST_PROXY=1 when a proxy ends TLS.',
  ])
})

test('an authority without a tenant gets the tenant id, as in the tutorial where they are two settings', () => {
  const reading = readServeConfiguration({ ...least, AUTHORITY: 'https://contoso.ciamlogin.com/' })
  assert('configuration' in reading)
  assert.equal(reading.configuration.authority, `https://contoso.ciamlogin.com/${tenantId}`)
})

test('all mistakes of an empty environment are named at once', () => {
  assert.deepEqual(
    mistakesOf({}).map((sentence) => sentence.split(' ')[0]),
    ['TENANT_ID', 'AUTHORITY', 'CLIENT_ID', 'TLS_CERT_FILE', 'TLS_KEY_FILE'],
  )
})

const wrong: [Environment, string][] = [
  [
    { TENANT_ID: 'contoso' },
    'TENANT_ID is not a GUID: set it to the tenant id, a GUID, from the overview page of the tenant.',
  ],
  [
    { CLIENT_ID: '' },
    "CLIENT_ID is missing: set it to this API's application (client) id, a GUID, from the overview page of its app registration.",
  ],
  [{ AUTHORITY: 'http://localhost:8443/x' }, 'AUTHORITY is not an https:// address: '],
  [{ AUTHORITY: 'localhost' }, 'AUTHORITY is not an https:// address: '],
  [{ AUTHORITY: 'https://a:b@localhost/x' }, 'AUTHORITY has more than a host and a tenant: '],
  [{ AUTHORITY: `https://localhost/${tenantId}/v2.0` }, 'AUTHORITY has more than the tenant after its host: '],
  [{ PORT: '65536' }, 'PORT is not a port number: set it to a number from 0 to 65535, or leave it out for 44351.'],
  [{ PORT: '-1' }, 'PORT is not a port number: '],
  [{ PORT: '80 ' }, 'PORT is not a port number: '],
  [{ TRUST_PROXY: 'yes' }, 'TRUST_PROXY is neither 0 nor 1: '],
  [
    { LOG_LEVEL: 'verbose' },
    'LOG_LEVEL is not a log level: set it to one of trace, debug, info, warn, error, fatal, silent, or leave it out for warn.',
  ],
  [{ TLS_KEY_FILE: '' }, 'TLS_KEY_FILE is missing: '],
  [{ DATABASE_URL: 'mysql://todo:secret@host/db' }, 'DATABASE_URL is not a postgresql:// address: '],
  [{ DATABASE_URL: 'postgresql://todo:secret@host' }, 'DATABASE_URL names no database: '],
  [
    { DATABASE_URL: 'postgresql://host/db', DATABASE_FILE: 'x.db' },
    'DATABASE_URL and DATABASE_FILE are both set: leave out the one you do not mean.',
  ],
  [{ CORS_ORIGINS: '*' }, 'CORS_ORIGINS has "*", which is not an origin: '],
  [
    { CORS_ORIGINS: 'https://app.example.com/' },
    'CORS_ORIGINS has "https://app.example.com/", which is not an origin: ',
  ],
  [{ RATE_LIMIT_PER_CALLER: '10/s' }, 'RATE_LIMIT_PER_CALLER is not a number of requests: '],
  [{ RATE_LIMIT_PER_ADDRESS: '-1' }, 'RATE_LIMIT_PER_ADDRESS is not a number of requests: '],
  [{ METRICS_PORT: 'on' }, 'METRICS_PORT is not a port number: '],
  [{ DRAIN_SECONDS: '61' }, 'DRAIN_SECONDS is not a number of seconds from 0 to 60: '],
]

for (const [change, sentence] of wrong) {
  test(`${JSON.stringify(change)} is the one mistake that is told`, () => {
    const told = mistakes(change)
    assert.equal(told.length, 1)
    assert(told[0]?.startsWith(sentence), told[0])
    assert.doesNotMatch(String(told[0]), /secret/)
  })
}

const placeholders = [
  'Enter_the_Application_Id_Here',
  'Enter the tenant ID',
  'your-client-id',
  'your_tenant_id',
  'Enter_the_Tenant_Subdomain_Here',
  '<client-id>',
  '{tenantId}',
]

for (const placeholder of placeholders) {
  test(`the placeholder ${placeholder} is named as one`, () => {
    const told = mistakes({ CLIENT_ID: placeholder })
    assert.equal(told.length, 1)
    assert(told[0]?.startsWith(`CLIENT_ID still holds the placeholder ${JSON.stringify(placeholder)}: `), told[0])
  })
}

test('a placeholder inside the authority is named as one', () => {
  const told = mistakes({ AUTHORITY: 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/' })
  assert(told[0]?.startsWith('AUTHORITY still holds the placeholder '), told[0])
})

test('migrate and seed need nothing but the database', () => {
  assert.deepEqual(readDatabase({}), { configuration: { kind: 'sqlite', file: '.tenantry/todolist.db' } })
  assert.deepEqual(readDatabase({ DATABASE_FILE: 'x.db' }), { configuration: { kind: 'sqlite', file: 'x.db' } })
  const url = 'postgresql://todo:secret@db.example.com/todolist'
  assert.deepEqual(readDatabase({ DATABASE_URL: url }), { configuration: { kind: 'postgres', url } })
})

test('loopback is what other machines cannot reach', () => {
  assert.deepEqual(['localhost', '127.0.0.1', '127.1.2.3', '::1'].map(isLoopback), [true, true, true, true])
  assert.deepEqual(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.evil.example'].map(isLoopback), [
    false,
    false,
    false,
    false,
    false,
  ])
})

function mistakes(change: Environment): readonly string[] {
  return mistakesOf({ ...least, ...change })
}

function mistakesOf(environment: Environment): readonly string[] {
  const reading = readServeConfiguration(environment)
  assert('mistakes' in reading)
  return reading.mistakes
}
