import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { parseEnv } from 'node:util'
import { clientCredentialsToken } from '@tenantry/app-registration'
import { startTenant } from '@tenantry/local-tenant'
import { endAll, tenantry } from '../journey/programs.js'

// The way into the cloud, with the addresses of a tenant on this machine and its CA trusted as a company's would be.
const folder = mkdtempSync(join(tmpdir(), 'tenantry-cloud-'))
const tenant = await startTenant({ dataFolder: null, port: 0 })
after(async () => {
  endAll()
  await tenant.close()
  rmSync(folder, { recursive: true, force: true })
})
const { administrator, authority, ca, origin, tenantId } = tenant
const caFile = join(folder, 'company-ca.pem')
writeFileSync(caFile, ca.root)
const data = join(folder, 'data')
const addresses = ['--cloud', '--graph-url', `${origin}/v1.0`, '--login-url', origin, '--data', data]
const application = { AZURE_CLIENT_ID: administrator.clientId, AZURE_CLIENT_SECRET: administrator.clientSecret }

const apps = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  tenantry(['apps', ...args, ...addresses], { cwd: folder, env: { NODE_EXTRA_CA_CERTS: caFile, ...env } })

test('the applications are registered with the credential of an application, and proved', async () => {
  const { code, stdout, stderr } = await apps(['apply', '--tenant', 'contoso'], application)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '')
  assert.match(stderr, new RegExp(`Signs in as the application ${administrator.clientId} \\(AZURE_CLIENT_ID\\)`))
  assert.match(stderr, /ciam-client-app: proved its secret with a token for ciam-ToDoList-api: .*idtyp app/)
  const kept = join(data, `cloud-${tenantId}`)
  const settings = parseEnv(readFileSync(join(kept, 'ciam-client-app.env'), 'utf8'))
  assert.equal(settings['AUTHORITY'], authority)
  assert.equal(settings['CA_FILE'], undefined)
  const secret = readFileSync(join(kept, 'ciam-client-app.secret'), 'utf8').trim()
  assert.ok(!`${stdout}${stderr}`.includes(secret) && !stderr.includes(administrator.clientSecret))
})

test('a plan with a token from the environment finds nothing to do, under the tenant id as well', async () => {
  const scope = 'https://graph.microsoft.com/.default'
  const GRAPH_TOKEN = await clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })()
  const args = ['plan', '--tenant', tenantId, '--graph-token-env', 'GRAPH_TOKEN']
  const { code, stdout, stderr } = await apps(args, { GRAPH_TOKEN })
  assert.deepEqual([code, stdout], [0, ''], stderr)
  assert.ok(!stderr.includes(GRAPH_TOKEN))
})

const refused: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, number, RegExp])[] = [
  ['no tenant', ['plan'], {}, 2, /--cloud needs a tenant/],
  ['a tenant that does not exist', ['plan', '--tenant', 'nobody'], application, 6, /there is no tenant nobody/],
  [
    'a variable without a token',
    ['plan', '--tenant', tenantId, '--graph-token-env', 'NONE'],
    {},
    6,
    /NONE holds no token/,
  ],
  [
    'a token that is none',
    ['plan', '--tenant', tenantId, '--graph-token-env', 'T'],
    { T: 'x' },
    4,
    /answered with 401/,
  ],
  [
    'a wrong secret',
    ['plan', '--tenant', tenantId],
    { ...application, AZURE_CLIENT_SECRET: 'wrong' },
    4,
    /AADSTS7000215/,
  ],
  ['an application without credential', ['plan', '--tenant', tenantId], { AZURE_CLIENT_ID: 'x' }, 6, /is set without/],
  [
    'TLS checks switched off',
    ['plan', '--tenant', tenantId],
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    6,
    /lets anybody pose/,
  ],
]

for (const [what, args, env, expected, words] of refused) {
  test(`${what} is refused in words, with code ${expected}`, async () => {
    const { code, stdout, stderr } = await apps(args, env)
    assert.equal(code, expected, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, words)
    assert.match(stderr, /Next: |Sign in again|Check the tenant/)
  })
}

test('nothing of a refused command is left behind', () => {
  assert.deepEqual(readdirSync(data), ['.gitignore', `cloud-${tenantId}`])
})
