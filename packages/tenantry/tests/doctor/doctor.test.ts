import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { after } from 'node:test'
import { openDataFolder, startTenant } from '@tenantry/local-tenant'
import { checks, type Patient } from '../../src/doctor/checks.js'
import { doctor } from '../../src/doctor/doctor.js'
import { listenerOn } from '../../src/doctor/listener.js'
import { readProject } from '../../src/doctor/project.js'

const base = mkdtempSync(join(tmpdir(), 'tenantry-doctor-'))
after(() => rmSync(base, { recursive: true, force: true }))

const healthy: Patient = {
  environment: {},
  folder: null,
  data: '.tenantry',
  project: readProject(join(base, 'absent')),
  now: new Date(),
  listener: async () => 'nothing',
  alive: () => true,
  entries: () => [],
  exists: () => true,
}

/** What each check says of a patient, as one line for each problem. */
async function findings(patient: Partial<Patient>): Promise<string[]> {
  const found = await Promise.all(
    checks.map(async ({ name, look }) => {
      const problems = await look({ ...healthy, ...patient })
      return problems.map(({ what, next }) => `${name}: ${what}. Next: ${next}`)
    }),
  )
  return found.flat()
}

const project = (files: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(base, 'project-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return readProject(folder)
}

test('nothing is found where nothing is wrong', async () => {
  assert.deepEqual(await findings({}), [])
})

test('a variable of trust that a script sets, or that leads nowhere, is named', async () => {
  const scripts = { start: 'SSL_CERT_FILE=own.pem node .', test: 'node --test' }
  assert.deepEqual(await findings({ project: project({ 'package.json': JSON.stringify({ scripts }) }) }), [
    'Trust: the script start in package.json sets SSL_CERT_FILE, and with it what tenantry run puts there is lost. Next: take SSL_CERT_FILE out of the script start, and set it where tenantry run is called, which adds to it',
  ])
  const environment = { REQUESTS_CA_BUNDLE: '/gone.pem', NODE_EXTRA_CA_CERTS: '/there.pem' }
  assert.deepEqual(await findings({ environment, exists: (path) => path === '/there.pem' }), [
    'Trust: REQUESTS_CA_BUNDLE names /gone.pem, which does not exist. Next: unset REQUESTS_CA_BUNDLE',
  ])
})

test('a port that another program has is named with the option that takes another; the tenant itself may have it', async () => {
  assert.deepEqual(await findings({ listener: async (port) => (port === 8443 ? 'other' : 'nothing') }), [
    'Ports: another program listens on port 8443, which the tenant would take. Next: tenantry up --port 18443',
  ])
  assert.deepEqual(await findings({ listener: async (port) => (port === 8443 ? 'tenant' : 'nothing') }), [])
})

test('servers that run on ports of their own need no other: the folder knows where, and their certificates who they are', async () => {
  const data = join(base, 'running')
  await using tenant = await startTenant({ dataFolder: data, port: 0 })
  const { chain, key } = await tenant.ca.certificateFor('api', ['localhost'])
  const api = createServer({ cert: chain, key }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  try {
    const folder = openDataFolder(data)
    const { port } = api.address() as AddressInfo
    folder.write('api.env', `HOST='localhost'\nPORT='${port}'\nCORS_ORIGINS='https://localhost:${port}'\n`)
    assert.deepEqual([await listenerOn(tenant.port, folder), await listenerOn(port, folder)], ['tenant', 'api'])
    assert.equal(await listenerOn(port, null), 'other')
    const usualAreTaken = async (asked: number) =>
      [8443, 44_351, 3443].includes(asked) ? 'other' : listenerOn(asked, folder)
    assert.deepEqual(await findings({ folder, listener: usualAreTaken }), [])
    folder.write('api.env', `PORT='0'\n`)
    assert.deepEqual(await findings({ folder, listener: usualAreTaken }), [
      'Ports: another program listens on port 44351, which the API would take. Next: tenantry up --api-port 44352',
      'Ports: another program listens on port 3443, which the web app would take. Next: tenantry up --web-port 3444',
    ])
  } finally {
    api.close()
  }
  assert.equal(await listenerOn(1, null), 'nothing')
})

test('a program that speaks no TLS is another program', async () => {
  const data = join(base, 'plain')
  const tenant = await startTenant({ dataFolder: data, port: 0 })
  await tenant.close()
  const plain = createPlainServer((socket) => socket.on('error', () => {}).end('hello\n')).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const { port } = plain.address() as AddressInfo
  assert.equal(await listenerOn(port, openDataFolder(data)), 'other')
  plain.close()
})

test('trust that is switched off or kept in a store of its own is named', async () => {
  const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0', JAVA_TOOL_OPTIONS: '-Djavax.net.ssl.trustStore=/s.jks' }
  assert.deepEqual(await findings({ environment }), [
    'Trust: NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody pose as any server. Next: unset NODE_TLS_REJECT_UNAUTHORIZED',
    'Trust: JAVA_TOOL_OPTIONS names a trust store of its own, which does not hold the development CA. Next: keytool -importcert -noprompt -alias tenantry -file .tenantry/ca.pem -keystore <that store>',
  ])
})

test('what replaces NODE_OPTIONS is named, and what adds to them is not', async () => {
  const scripts = { start: 'NODE_OPTIONS=--inspect node .', dev: 'NODE_OPTIONS="$NODE_OPTIONS --inspect" node .' }
  const files = { 'package.json': JSON.stringify({ scripts }), '.npmrc': 'node-options=--inspect\n' }
  const found = await findings({ project: project(files) })
  assert.equal(found.length, 2)
  assert.match(found[0] ?? '', /^Node options: the script start in package\.json replaces NODE_OPTIONS/)
  assert.match(found[1] ?? '', /^Node options: \.npmrc sets node-options/)
})

test('proxies that cannot be gone through, and exceptions that would go past the tenant, are named without their address', async () => {
  const environment = { NO_PROXY: 'localhost,.com', HTTPS_PROXY: 'socks5://u:hidden@p:1' }
  const found = await findings({ environment })
  assert.equal(found.length, 2)
  assert.match(found[0] ?? '', /^Proxy: NO_PROXY has \.com, .* Next: take \.com out of NO_PROXY$/)
  assert.match(found[1] ?? '', /^Proxy: HTTPS_PROXY names a proxy .* Next: export HTTPS_PROXY=http:/)
  assert.ok(!found.join('').includes('hidden'))
})

test('an authority that the installed MSAL refuses is named with the one that works everywhere', async () => {
  const withMsal = (version: string, authority: string) =>
    findings({
      project: project({
        'node_modules/@azure/msal-node/package.json': JSON.stringify({ version }),
        'authConfig.js': `module.exports = { auth: { authority: '${authority}' } }`,
      }),
    })
  const [found] = await withMsal('7.2.1', 'https://contoso.ciamlogin.com/')
  assert.match(
    found ?? '',
    /^MSAL and authority: authConfig\.js has the authority https:\/\/contoso\.ciamlogin\.com\/, whose issuer MSAL Node 7\.2\.1 refuses/,
  )
  assert.match(found ?? '', /Next: write https:\/\/contoso\.ciamlogin\.com\/<tenant id> there$/)
  assert.equal((await withMsal('5.2.1', 'https://contoso.ciamlogin.com/contoso.onmicrosoft.com')).length, 1)
  assert.deepEqual(await withMsal('2.12.0', 'https://contoso.ciamlogin.com/'), [])
  const tenantId = '11111111-2222-3333-4444-555555555555'
  assert.deepEqual(await withMsal('7.2.1', `https://contoso.ciamlogin.com/${tenantId}`), [])
  assert.deepEqual(await withMsal('7.2.1', `https://${tenantId}.ciamlogin.com/${tenantId}`), [])
})

test('a clock outside of the life of the CA is named', async () => {
  const data = join(base, 'clock')
  const tenant = await startTenant({ dataFolder: data, port: 0 })
  await tenant.close()
  const folder = openDataFolder(data)
  assert.deepEqual(await findings({ folder }), [])
  const [found] = await findings({ folder, now: new Date('2001-01-01') })
  assert.match(found ?? '', /^Clock: the clock says 2001-01-01T00:00:00\.000Z, and the development CA is valid from /)
})

test('what is left of a killed run is named with the command that takes it away; a living run is left alone', async () => {
  const entries = () => ['contoso.db', 'run-1', 'run-2', 'run-x']
  assert.deepEqual(await findings({ entries, alive: (processId) => processId === 1 }), [
    'Leftovers: .tenantry/run-2 is left of a run that was killed. Next: rm -r .tenantry/run-2',
  ])
})

test('the command says a line for each check, ends with 6 when something was found, and makes no folder', async () => {
  let said = ''
  const stdout = { write: (text: string) => (said += text) }
  const data = join(base, 'never-made')
  const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const code = await doctor({ data }, { stdout, environment, workingFolder: base, alive: () => true })
  assert.equal(code, 6)
  assert.match(said, /^! Trust: NODE_TLS_REJECT_UNAUTHORIZED=0 .* Next: unset NODE_TLS_REJECT_UNAUTHORIZED$/m)
  for (const name of ['Node options', 'Proxy', 'MSAL and authority', 'Clock', 'Leftovers']) {
    assert.ok(said.includes(`✓ ${name}\n`), name)
  }
  assert.throws(() => rmSync(data), { code: 'ENOENT' })
})
