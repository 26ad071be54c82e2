import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { World } from '../../src/world.js'
import { runHere } from '../stand-in/command-in-process.js'
import { emptyFolder, secret, settingsFor } from '../stand-in/daemon-process.js'
import {
  apiId,
  clientId,
  entraError,
  madeUpToken,
  type Replier,
  type Services,
  startServices,
  tenantId,
} from '../stand-in/services.js'

const goodClaims = {
  aud: apiId,
  iss: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
  tid: tenantId,
  azp: clientId,
  oid: '44445555-dddd-4eee-8fff-666666666666',
  idtyp: 'app',
  ver: '2.0',
  roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
  exp: 4_000_000_000,
}

interface Row {
  check: string
  status: string
  detail: string
  fix: string
}

interface Fault {
  title: string
  replies?: (services: Services) => Partial<Record<'discovery' | 'token' | 'api', Replier>>
  /** Claims of the token, on top of good ones. */
  claims?: object
  env?: (services: Services) => Record<string, string | undefined>
  world?: Partial<World>
  check: string
  status?: 'failed' | 'warning'
  code: number
  detail: RegExp
  fix: RegExp
}

const consent = /an administrator grants app roles and admin consent to the application 00001111-aaaa.+`npm run up`/
const invalidClient = (code: number) => () => ({ token: entraError(401, 'invalid_client', code, 'No.') })
const problem =
  (status: number, body: object = {}, headers: Record<string, string> = {}) =>
  () => ({
    api: { status, headers, body },
  })

const faults: readonly Fault[] = [
  {
    title: 'no settings at all',
    env: () => noSettings,
    check: 'config',
    code: 6,
    detail: /CLIENT_ID is missing/,
    fix: /npm run up/,
  },
  {
    title: 'a placeholder of the tutorial',
    env: () => ({ CLIENT_ID: 'Enter_the_Application_Id_Here' }),
    check: 'config',
    code: 6,
    detail: /CLIENT_ID in the environment still is a placeholder; put the Application/,
    fix: /npm run up/,
  },
  {
    title: 'TLS checks switched off',
    env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    check: 'config',
    code: 6,
    detail: /TLS checks are switched off/,
    fix: /CA_FILE=<file.pem>/,
  },
  {
    title: 'a CA file that is not there',
    env: () => ({ CA_FILE: '/no/such.pem' }),
    check: 'config',
    code: 6,
    detail: /CA_FILE .+ cannot be read: there is no such file or folder/,
    fix: /npm run up/,
  },
  {
    title: 'two scopes',
    env: () => ({ SCOPES: 'api://a/.default api://b/.default' }),
    check: 'config',
    code: 6,
    detail: /names more than one scope/,
    fix: /npm run up/,
  },
  {
    title: 'a clock ten minutes ahead',
    world: { now: () => Date.now() + 600_000 },
    check: 'clock',
    code: 4,
    detail: /^(600|59\d|60\d) s ahead of|this machine is (59\d|60\d) s ahead of the other side/,
    fix: /timedatectl set-ntp true/,
  },
  {
    title: 'a clock two minutes behind',
    world: { now: () => Date.now() - 120_000 },
    check: 'clock',
    status: 'warning',
    code: 10,
    detail: /1(19|2\d) s behind the other side/,
    fix: /set the clock/,
  },
  {
    title: 'an authority whose name does not exist',
    env: () => ({ AUTHORITY: `https://no-such-host.invalid/${tenantId}` }),
    check: 'DNS',
    code: 7,
    detail:
      /the authority at https:\/\/no-such-host\.invalid: the (host name does not exist|name server did not answer)/,
    fix: /the host in AUTHORITY|the DNS settings/,
  },
  {
    title: 'an API whose name does not exist',
    env: () => ({ API_ENDPOINT: 'https://no-such-host.invalid/api/todolist' }),
    check: 'DNS',
    code: 7,
    detail: /the API at https:\/\/no-such-host\.invalid/,
    fix: /API_ENDPOINT|the DNS settings/,
  },
  {
    title: 'a proxy that is no address',
    env: () => ({ HTTPS_PROXY: 'http://:x' }),
    check: 'config',
    code: 6,
    detail: /HTTPS_PROXY cannot be used: it is not the address of an HTTP proxy/,
    fix: /write it as http:/,
  },
  {
    title: 'a proxy where nothing listens',
    env: () => ({
      AUTHORITY: `https://contoso.ciamlogin.com/${tenantId}`,
      HTTPS_PROXY: 'http://127.0.0.1:1',
      NO_PROXY: 'elsewhere.example',
    }),
    check: 'proxy',
    code: 7,
    detail: /127\.0\.0\.1:1, where nothing listens/,
    fix: /correct HTTPS_PROXY/,
  },
  {
    title: 'an authority nobody vouches for',
    env: () => ({ CA_FILE: undefined }),
    check: 'TLS',
    code: 7,
    detail: /issued by an authority that is not trusted here/,
    fix: /set CA_FILE/,
  },
  {
    title: 'a certificate for another name',
    env: ({ authority }) => ({ AUTHORITY: authority.replace('localhost', '127.0.0.1') }),
    check: 'TLS',
    code: 7,
    detail: /certificate is for another host name/,
    fix: /into AUTHORITY/,
  },
  {
    title: 'an authority where nothing listens',
    env: () => ({ AUTHORITY: `https://localhost:1/${tenantId}` }),
    check: 'TLS',
    code: 7,
    detail: /nothing listens at that address/,
    fix: /npm run up/,
  },
  {
    title: 'a tenant that does not exist',
    replies: () => ({ discovery: entraError(400, 'invalid_tenant', 90002, 'No.') }),
    check: 'discovery',
    code: 4,
    detail: /there is no such tenant/,
    fix: /check subdomain and tenant id in AUTHORITY/,
  },
  {
    title: 'an authority that is some web site',
    replies: () => ({ discovery: { status: 404, body: '<html>' } }),
    check: 'discovery',
    code: 6,
    detail: /holds no OpenID configuration \(HTTP 404\)/,
    fix: /ciamlogin\.com\/<tenant-id>/,
  },
  {
    title: 'an authority that redirects',
    replies: () => ({ discovery: { status: 302, headers: { location: '/x' }, body: '' } }),
    check: 'discovery',
    code: 6,
    detail: /redirects \(HTTP 302\)/,
    fix: /into AUTHORITY/,
  },
  {
    title: 'an authority that is out of order',
    replies: () => ({ discovery: { status: 503, body: '' } }),
    check: 'discovery',
    code: 8,
    detail: /unavailable or throttles \(HTTP 503\)/,
    fix: /try again/,
  },
  {
    title: 'a token endpoint without TLS',
    replies: ({ authority }) => ({
      discovery: {
        body: {
          issuer: `${authority}/v2.0`,
          authorization_endpoint: `${authority}/a`,
          token_endpoint: 'http://localhost/token',
          jwks_uri: `${authority}/k`,
        },
      },
    }),
    check: 'discovery',
    code: 6,
    detail: /http:\/\/localhost\/token is not https/,
    fix: /AUTHORITY/,
  },
  {
    title: 'an issuer of a stranger',
    replies: ({ authority }) => ({
      discovery: {
        body: {
          issuer: `https://stranger.example/${tenantId}/v2.0`,
          authorization_endpoint: `${authority}/a`,
          token_endpoint: `${authority}/oauth2/v2.0/token`,
          jwks_uri: `${authority}/k`,
        },
      },
    }),
    check: 'issuer',
    code: 6,
    detail: /the authority https:\/\/localhost:\d+\/.+ names another issuer, https:\/\/stranger\.example/,
    fix: /check host and tenant id in AUTHORITY/,
  },
  {
    title: 'a wrong secret',
    replies: invalidClient(7000215),
    check: 'credential',
    code: 4,
    detail: /the client secret is wrong/,
    fix: /copy the Value of a secret/,
  },
  {
    title: 'the id of a secret in place of its value',
    env: () => ({ CLIENT_SECRET: '77778888-aaaa-4bbb-8ccc-999999999999' }),
    replies: invalidClient(7000215),
    check: 'credential',
    code: 4,
    detail: /is a GUID, so it is the Secret ID and not the Value/,
    fix: /copy the Value/,
  },
  {
    title: 'an expired secret',
    replies: invalidClient(7000222),
    check: 'credential',
    code: 4,
    detail: /the client secret has expired/,
    fix: /create a new one/,
  },
  {
    title: 'a public client',
    replies: invalidClient(700025),
    check: 'credential',
    code: 4,
    detail: /registered as a public client/,
    fix: /Allow public client flows/,
  },
  {
    title: 'a client id of another tenant',
    replies: () => ({ token: entraError(400, 'unauthorized_client', 700016, 'No.') }),
    check: 'token',
    code: 4,
    detail: /no application with this CLIENT_ID/,
    fix: /CLIENT_ID and AUTHORITY belong together/,
  },
  {
    title: 'a disabled application',
    replies: () => ({ token: entraError(400, 'unauthorized_client', 7000112, 'No.') }),
    check: 'token',
    code: 4,
    detail: /the application is disabled/,
    fix: /enable it/,
  },
  {
    title: 'an API without Application ID URI',
    replies: () => ({ token: entraError(400, 'invalid_resource', 500011, 'No.') }),
    check: 'token',
    code: 6,
    detail: /the API of SCOPES is not known/,
    fix: /Application ID URI/,
  },
  {
    title: 'a token service that throttles',
    replies: () => ({ token: { status: 429, body: {} } }),
    check: 'token',
    code: 8,
    detail: /throttles \(HTTP 429\)/,
    fix: /try again/,
  },
  {
    title: 'a version 1 token',
    claims: { ver: '1.0', aud: `api://${apiId}` },
    check: 'token',
    status: 'warning',
    code: 10,
    detail: /a version 1 token/,
    fix: /requestedAccessTokenVersion of the API to 2/,
  },
  {
    title: 'a token for another API',
    claims: { aud: tenantId },
    check: 'token',
    status: 'warning',
    code: 10,
    detail: /it is for aaaabbbb/,
    fix: /check that SCOPES/,
  },
  {
    title: 'a token without idtyp',
    claims: { idtyp: undefined },
    check: 'token',
    status: 'warning',
    code: 10,
    detail: /it has no idtyp/,
    fix: /optional claim idtyp/,
  },
  {
    title: 'a token that is not a JWT',
    replies: () => ({ token: { body: { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque' } } }),
    check: 'token',
    status: 'warning',
    code: 10,
    detail: /not a JWT/,
    fix: /ask the API/,
  },
  {
    title: 'an app role that was never granted',
    claims: { roles: undefined },
    check: 'roles',
    code: 5,
    detail: /the token has no app roles/,
    fix: consent,
  },
  {
    title: 'app roles of something else',
    claims: { roles: ['Mail.Read'] },
    check: 'roles',
    code: 5,
    detail: /Mail\.Read, but neither ToDoList\.Read\.All nor/,
    fix: consent,
  },
  {
    title: 'an API that is not running',
    env: () => ({ API_ENDPOINT: 'https://localhost:1/api/todolist' }),
    check: 'API',
    code: 7,
    detail: /the API at https:\/\/localhost:1: nothing listens/,
    fix: /npm run up/,
  },
  {
    title: 'a wrong path of the API',
    replies: problem(404),
    check: 'API',
    code: 3,
    detail: /there is nothing at that address/,
    fix: /API_ENDPOINT; the tutorial uses/,
  },
  {
    title: 'an API that trusts another tenant',
    replies: problem(401, {}, { 'www-authenticate': 'Bearer error_description="The issuer is not trusted"' }),
    check: 'API',
    code: 4,
    detail: /The issuer is not trusted/,
    fix: /the API trusts the tenant of AUTHORITY/,
  },
  {
    title: 'an API that refuses version 1 tokens',
    claims: { ver: '1.0' },
    replies: problem(401),
    check: 'API',
    code: 4,
    detail: /answered 401/,
    fix: /it gets a version 1 token/,
  },
  {
    title: 'an API that wants another role',
    replies: problem(403, { requiredRoles: ['ToDoList.Other'] }),
    check: 'API',
    code: 5,
    detail: /lacks the app role ToDoList\.Other/,
    fix: /grant admin consent/,
  },
  {
    title: 'an API that is out of order',
    replies: problem(503, { detail: 'No database.' }, { 'retry-after': '0' }),
    check: 'API',
    code: 8,
    detail: /No database/,
    fix: /the log of the API/,
  },
  {
    title: 'another program at the address of the API',
    replies: () => ({ api: { body: '<html>' } }),
    check: 'API',
    code: 1,
    detail: /did not send a to-do list: its answer is not JSON/,
    fix: /API_ENDPOINT/,
  },
]

const noSettings = { CLIENT_ID: undefined, AUTHORITY: undefined, CLIENT_SECRET: undefined, SCOPES: undefined }

for (const { title, replies, claims, env, world, check, status = 'failed', code, detail, fix } of faults) {
  test(`doctor finds ${title}`, async (t) => {
    const token = { token_type: 'Bearer', expires_in: 3599, access_token: madeUpToken({ ...goodClaims, ...claims }) }
    const services = await startServices(t, (them) => ({ token: { body: token }, ...replies?.(them) }))
    const cwd = emptyFolder(t)
    const ended = await runHere(['doctor'], { cwd, env: { ...settingsFor(services), ...env?.(services) }, ...world })
    const rows = JSON.parse(ended.stdout) as Row[]
    const found = rows.find((row) => row.status === 'failed') ?? rows.find((row) => row.status === 'warning')
    assert.equal(found?.check, check, JSON.stringify(rows, undefined, 1))
    assert.equal(found.status, status)
    assert.match(found.detail, detail)
    assert.match(found.fix, fix)
    assert.equal(ended.code, code)
    if (status === 'failed')
      assert.match(ended.stderr, new RegExp(`^todolist-daemon: doctor: ${check}: .+ Next: .+\\n$`))
    else assert.equal(ended.stderr, '')
    for (const text of [ended.stdout, ended.stderr]) {
      assert.ok(!text.includes(secret))
      assert.ok(!text.includes(token.access_token))
    }
  })
}

test('doctor is silent about a healthy daemon: eleven checks in order, exit code 0', async (t) => {
  const access_token = madeUpToken(goodClaims)
  const services = await startServices(t, () => ({
    token: { body: { token_type: 'Bearer', expires_in: 3599, access_token } },
  }))
  const { code, stdout, stderr } = await runHere(['doctor'], { cwd: emptyFolder(t), env: settingsFor(services) })
  const rows = JSON.parse(stdout) as Row[]
  assert.deepEqual(
    rows.map(({ check, status }) => [check, status]),
    ['config', 'clock', 'DNS', 'proxy', 'TLS', 'discovery', 'issuer', 'credential', 'token', 'roles', 'API'].map(
      (name) => [name, 'ok'],
    ),
  )
  assert.equal(stderr, '')
  assert.equal(code, 0)
})

test('doctor names origins that give a setting, each host once, and clocks that agree', async (t) => {
  const now = Date.parse('2030-01-01T00:00:00Z')
  const services = await startServices(t, () => ({
    discovery: { status: 404, headers: { date: new Date(now).toUTCString() }, body: '' },
  }))
  const cwd = emptyFolder(t)
  const file = join(cwd, '.env')
  const settings = Object.entries(settingsFor(services)).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, settings.join(''))
  const { stdout } = await runHere(['doctor'], { cwd, env: { UNRELATED: '1' }, now: () => now })
  const rows = JSON.parse(stdout) as Row[]
  const detailOf = (name: string) => rows.find(({ check }) => check === name)?.detail ?? ''
  assert.equal(detailOf('config'), `the settings are complete (${file})`)
  assert.equal(detailOf('clock'), 'this machine and the other side agree')
  assert.match(detailOf('DNS'), /^localhost is [0-9a-f.:]+$/)
})

test('doctor says that no proxy is asked for this machine, and hides its password', async (t) => {
  const services = await startServices(t)
  const env = { ...settingsFor(services), HTTPS_PROXY: 'http://user:hidden@127.0.0.1:1' }
  const { stdout } = await runHere(['doctor'], { cwd: emptyFolder(t), env })
  const row = (JSON.parse(stdout) as Row[]).find(({ check }) => check === 'proxy')
  assert.equal(row?.status, 'ok')
  assert.match(row.detail, /^HTTPS_PROXY names 127\.0\.0\.1:1, which is for none of our hosts/)
  assert.ok(!stdout.includes('hidden'))
})

test('after wrong settings doctor asks nobody', async (t) => {
  const cwd = emptyFolder(t)
  const file = join(cwd, '.env')
  writeFileSync(file, 'CLIENT_ID=nonsense\n')
  const { code, stdout } = await runHere(['doctor'], { cwd })
  const rows = JSON.parse(stdout) as Row[]
  assert.equal(code, 6)
  assert.match(rows[0]?.detail ?? '', /CLIENT_ID in .+\.env is not a GUID/)
  assert.ok(rows.slice(1).every(({ status }) => status === 'skipped'))
})
