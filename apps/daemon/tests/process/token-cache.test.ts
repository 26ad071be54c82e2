import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyFolder, runDaemon, secret, settingsFor } from '../stand-in/daemon-process.js'
import { startServices, tutorialToDos } from '../stand-in/services.js'

test('a second run finds the token in the encrypted file: no token request, and MSAL is not even loaded', async (t) => {
  const services = await startServices(t)
  const folder = emptyFolder(t)
  const path = join(folder, 'token.sealed')
  // Each run says which modules it loads: MSAL is CommonJS, so this list of them is complete. The program is not the
  // bundle, in which modules have no names.
  const report = join(folder, 'report.cjs')
  writeFileSync(
    report,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(join(folder, 'loaded'))}, Object.keys(require.cache).join()))`,
  )
  const env = {
    ...settingsFor(services),
    TOKEN_CACHE: path,
    TOKEN_CACHE_KEY: randomBytes(32).toString('base64'),
    NODE_OPTIONS: `--require ${report}`,
  }
  for (const msal of [true, false]) {
    const ended = await runDaemon({ program: 'dist/src/main.js', args: ['--op', 'getToDos', '--verbose'], env })
    assert.equal(ended.code, 0)
    assert.equal(ended.stdout, `${JSON.stringify(tutorialToDos, null, 2)}\n`)
    assert.equal(readFileSync(join(folder, 'loaded'), 'utf8').includes('msal-node'), msal)
  }
  assert.deepEqual(
    services.seen.map(({ method }) => method),
    ['GET', 'POST', 'GET', 'GET'],
  )
  const sealed = readFileSync(path, 'latin1')
  assert.ok(!sealed.includes(secret) && !sealed.includes('eyJ'))
})

test('a damaged cache costs one token request and nothing else', async (t) => {
  const services = await startServices(t)
  const path = join(emptyFolder(t), 'token.sealed')
  writeFileSync(path, 'damaged')
  const ended = await runDaemon({
    env: { ...settingsFor(services), TOKEN_CACHE: path, TOKEN_CACHE_KEY: randomBytes(32).toString('hex') },
  })
  assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' })
  assert.notEqual(readFileSync(path, 'utf8'), 'damaged')
})

test('token clear removes the token, and credential test does not believe the cache', async (t) => {
  const services = await startServices(t)
  const path = join(emptyFolder(t), 'token.sealed')
  const env = { ...settingsFor(services), TOKEN_CACHE: path, TOKEN_CACHE_KEY: randomBytes(32).toString('hex') }
  const requests = () => services.seen.filter(({ method }) => method === 'POST').length
  await runDaemon({ env })
  assert.equal((await runDaemon({ args: ['credential', 'test'], env })).code, 0)
  assert.equal(requests(), 2)
  const cleared = await runDaemon({ args: ['token', 'clear'], env })
  assert.deepEqual(JSON.parse(cleared.stdout), { cleared: true, cache: 'file' })
  assert.deepEqual([existsSync(path), requests()], [false, 2])
  await runDaemon({ env })
  assert.equal(requests(), 3)
})
