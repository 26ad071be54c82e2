import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { openDataFolder } from '../../src/index.js'
import { openDevelopmentCa } from '../../src/tls/development-ca.js'
import { issueServerCertificate } from '../../src/tls/issue.js'

const now = () => new Date()
const day = 86_400_000
const root = mkdtempSync(join(tmpdir(), 'tenantry-ca-'))
let path: string
beforeEach(() => {
  path = mkdtempSync(join(root, 'data-'))
})
afterEach(() => rmSync(path, { recursive: true }))
after(() => rmSync(root, { recursive: true }))

const stored = () => ({ intermediate: read('ca-intermediate.pem'), intermediateKey: read('ca-intermediate-key.pem') })
const read = (name: string) => readFileSync(join(path, name), 'utf8')
const open = (clock = now) => openDevelopmentCa(openDataFolder(path), clock)

test('a certificate of this CA is accepted for the hosts it is for', async () => {
  const ca = await open()
  const hosts = ['localhost', '127.0.0.1', '::1', '*.ciamlogin.com', 'login.microsoftonline.com', 'graph.microsoft.com']
  const server = await ca.certificateFor('tenant', hosts)
  for (const name of ['localhost', 'contoso.ciamlogin.com', 'login.microsoftonline.com', 'graph.microsoft.com']) {
    assert.equal(await handshake(server, ca.root, name), 'authorized', name)
  }
  assert.equal(await handshake(server, ca.root, 'example.com'), 'ERR_TLS_CERT_ALTNAME_INVALID')
})

test('the stored key of the intermediate is worth nothing for another host, name or address', async () => {
  const ca = await open()
  for (const host of ['example.com', 'microsoft.com', 'notciamlogin.com', '8.8.8.8']) {
    const forged = await issueServerCertificate(stored(), [host], now())
    assert.equal(await handshake(forged, ca.root, host), 'permitted subtree violation', host)
  }
  const honest = await issueServerCertificate(stored(), ['localhost'], now())
  assert.equal(await handshake(honest, ca.root, 'localhost'), 'authorized')
})

test('a certificate that is good for one permitted and one other host is refused whole', async () => {
  const ca = await open()
  const mixed = await issueServerCertificate(stored(), ['localhost', 'example.com'], now())
  assert.equal(await handshake(mixed, ca.root, 'localhost'), 'permitted subtree violation')
})

test('the key of the root is kept nowhere', async () => {
  const ca = await open()
  await ca.certificateFor('tenant', ['localhost'])
  const certificate = new X509Certificate(ca.root)
  const keys = readdirSync(path).filter((name) => read(name).includes('PRIVATE KEY'))
  assert.deepEqual(keys.toSorted(), ['ca-intermediate-key.pem', 'tenant-key.pem'])
  for (const name of keys) assert.equal(certificate.checkPrivateKey(createPrivateKey(read(name))), false, name)
})

test('every file is readable by its owner alone', async () => {
  const ca = await open()
  await ca.certificateFor('tenant', ['localhost'])
  assert.equal(statSync(path).mode & 0o777, 0o700)
  for (const name of readdirSync(path)) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600, name)
  assert.equal(read('.gitignore'), '*\n')
})

test('CA and certificate are made once, and files name what was returned', async () => {
  const first = await open()
  const server = await first.certificateFor('api', ['localhost'])
  const second = await open()
  assert.equal(second.root, first.root)
  assert.equal(second.rootFile, join(path, 'ca.pem'))
  assert.equal(read('ca.pem'), first.root)
  assert.deepEqual(await second.certificateFor('api', ['localhost']), server)
  assert.deepEqual(server.files, { chain: join(path, 'api-certificate.pem'), key: join(path, 'api-key.pem') })
  assert.equal(read('api-certificate.pem'), server.chain)
  assert.equal(read('api-key.pem'), server.key)
  const wider = await second.certificateFor('api', ['localhost', '127.0.0.1'])
  assert.notEqual(wider.chain, server.chain, 'a host that is not covered makes a new one')
})

test('a server certificate is issued anew thirty days before it ends, and the CA likewise', async () => {
  const ca = await open()
  const server = await ca.certificateFor('tenant', ['localhost'])
  const later = (days: number) => () => new Date(now().getTime() + days * day)
  const early = await open(later(365))
  assert.equal((await early.certificateFor('tenant', ['localhost'])).chain, server.chain)
  const late = await open(later(367))
  assert.equal(late.root, ca.root)
  const renewed = await late.certificateFor('tenant', ['localhost'])
  assert.notEqual(renewed.chain, server.chain)
  const end = Date.parse(new X509Certificate(renewed.chain).validTo)
  assert.ok(end - now().getTime() < (367 + 398) * day)
  const muchLater = await open(later(3_640))
  assert.notEqual(muchLater.root, ca.root)
})

for (const name of [
  'ca.pem',
  'ca-intermediate.pem',
  'ca-intermediate-key.pem',
  'tenant-certificate.pem',
  'tenant-key.pem',
]) {
  test(`a damaged ${name} is replaced, and what is served then is trusted again`, async () => {
    const whole = await open()
    await whole.certificateFor('tenant', ['localhost'])
    for (const damage of ['', 'not PEM', whole.root.replace('M', 'A')]) {
      writeFileSync(join(path, name), damage)
      const ca = await open()
      const server = await ca.certificateFor('tenant', ['localhost'])
      assert.equal(await handshake(server, ca.root, 'localhost'), 'authorized', damage.slice(0, 10))
    }
  })
}

test('in memory nothing is written and no file is named', async () => {
  const ca = await openDevelopmentCa(null, now)
  assert.equal(ca.rootFile, null)
  const server = await ca.certificateFor('tenant', ['localhost'])
  assert.equal(server.files, null)
  assert.equal(await handshake(server, ca.root, 'localhost'), 'authorized')
})

/** What Node's own client says of a server with this certificate. */
async function handshake({ chain, key }: { chain: string; key: string }, ca: string, host: string): Promise<string> {
  const server = createServer({ cert: chain, key }, (socket) => socket.on('error', () => {}).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await new Promise((resolve) => {
      const servername = /^[\d.]+$/.test(host) ? {} : { servername: host }
      const socket = connect({ host: '127.0.0.1', port, ca, ...servername }, () => resolve('authorized'))
      socket.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'UNSPECIFIED' ? error.message : (error.code ?? '')),
      )
      socket.once('close', () => resolve('closed'))
    })
  } finally {
    server.close()
  }
}
