import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { portal } from '../src/portal.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-portal-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function run(port: number, data: string) {
  let printed = ''
  const write = (text: string) => {
    printed += text
  }
  const code = await portal({ port, data }, { stdout: { write }, signal: new AbortController().signal })
  return { code, printed }
}

test('the link is on standard output, alone on a line, and another one each time', async () => {
  await using tenant = await startTenant({ dataFolder: join(folder, 'one'), port: 0 })
  const first = await run(tenant.port, join(folder, 'one'))
  assert.equal(first.code, 0)
  assert.match(first.printed, new RegExp(`^${tenant.origin}/portal#[\\w-]{43}\n$`))
  assert.notEqual((await run(tenant.port, join(folder, 'one'))).printed, first.printed)
})

test('a folder in which no tenant has run, a port where none answers and the folder of another are refused', async () => {
  await assert.rejects(run(1, join(folder, 'new')), { exitCode: 6, message: /no tenant has ever run in / })
  const { port } = await startAndStop(join(folder, 'two'))
  await assert.rejects(run(port, join(folder, 'two')), {
    exitCode: 7,
    message: `no tenant answers at https://localhost:${port}`,
    next: /tenantry up/,
  })
  await using other = await startTenant({ dataFolder: join(folder, 'three'), port: 0 })
  // Another tenant's certificate is not trusted, so the key of this folder never reaches it.
  await assert.rejects(run(other.port, join(folder, 'two')), { exitCode: 7, message: /no tenant answers/ })
})

async function startAndStop(dataFolder: string): Promise<{ port: number }> {
  const { port, close } = await startTenant({ dataFolder, port: 0 })
  await close()
  return { port }
}
