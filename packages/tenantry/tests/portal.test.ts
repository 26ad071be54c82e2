import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { portal } from '../src/portal.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-portal-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function run(port: number | null, data: string) {
  let printed = ''
  const write = (text: string) => {
    printed += text
  }
  const code = await portal(
    { port, data },
    { stdout: { write }, environment: {}, signal: new AbortController().signal },
  )
  return { code, printed }
}

test('the link is on standard output, alone on a line, and another one each time', async () => {
  await using tenant = await startTenant({ dataFolder: join(folder, 'one'), port: 0 })
  const first = await run(tenant.port, join(folder, 'one'))
  assert.equal(first.code, 0)
  assert.match(first.printed, new RegExp(`^${tenant.origin}/portal#[\\w-]{43}\n$`))
  assert.notEqual((await run(tenant.port, join(folder, 'one'))).printed, first.printed)
})

test('without a port the link is for the one on which the tenant of the folder listens', async () => {
  await using tenant = await startTenant({ dataFolder: join(folder, 'known'), port: 0 })
  const { code, printed } = await run(null, join(folder, 'known'))
  assert.equal(code, 0)
  assert.ok(printed.startsWith(`${tenant.origin}/portal#`))
})

test('a folder that does not exist is refused, and not made', async () => {
  const missing = join(folder, 'typo')
  await assert.rejects(run(null, missing), {
    exitCode: 6,
    message: `the folder ${missing} does not exist`,
    next: /tenantry up/,
  })
  assert.ok(!existsSync(missing))
})

test('a folder in which no tenant has run, a port where none answers and the folder of another are refused', async () => {
  const empty = join(folder, 'new')
  mkdirSync(empty)
  await assert.rejects(run(1, empty), { exitCode: 6, message: `no tenant has ever run in ${empty}` })
  assert.deepEqual(readdirSync(empty), [])
  const { port } = await startAndStop(join(folder, 'two'))
  await assert.rejects(run(port, join(folder, 'two')), {
    exitCode: 7,
    message: `no tenant answers at https://localhost:${port}`,
    next: /tenantry up/,
  })
  await assert.rejects(run(null, join(folder, 'two')), {
    exitCode: 7,
    message: `no tenant answers at https://localhost:${port}`,
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
