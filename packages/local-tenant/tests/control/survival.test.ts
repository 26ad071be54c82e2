import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTenant } from '../../src/index.js'
import { connectTo, list, object } from '../https-client.js'
import { verified } from '../token-client.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-survival-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('rotated keys and added applications survive SIGKILL, and tokens from before are still good', async () => {
  const script = fileURLToPath(new URL('./rotating-process.js', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    said += chunk.toString('utf8')
    if (said.endsWith('\n')) child.kill('SIGKILL')
  }
  const { keys, exported, token } = object(JSON.parse(said))
  await using tenant = await startTenant({ dataFolder: folder, port: 0 })
  assert.deepEqual(tenant.keys.list(), keys)
  assert.deepEqual(
    tenant.keys.list().map(({ state }) => state),
    ['previous', 'current', 'next'],
  )
  assert.deepEqual(tenant.export(), exported)
  const client = connectTo(tenant)
  const { body } = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  client.close()
  assert.equal(verified(String(token), list(body['keys'])).claims['tid'], tenant.tenantId)
})
