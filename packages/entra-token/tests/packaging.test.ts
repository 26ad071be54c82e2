import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

test('the public types are those of the snapshot', async () => {
  await run('scripts/api.mjs', '--check')
})

suite('what is published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-token-package-'))
  before(() => run('scripts/stage.mjs', 'packages/entra-token', folder))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is below 150 KB, has no dependency, and its entry points load', async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const size = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
    assert.ok(size > 50_000 && size < 150_000, `${size} bytes`)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
    assert.equal(manifest['dependencies'], undefined)
    for (const entry of [
      'index',
      'adapters/node',
      'adapters/fastify',
      'adapters/express',
      'adapters/hono',
      'adapters/h3',
      'testing/index',
    ]) {
      assert.ok(Object.keys((await import(join(folder, `dist/src/${entry}.js`))) as object).length > 0)
    }
  })

  test('is in order by publint and by what TypeScript makes of its types', async () => {
    await run('node_modules/publint/src/cli.js', folder, '--strict')
    await run('node_modules/@arethetypeswrong/cli/dist/index.js', '--pack', folder, '--profile', 'esm-only')
  })
})

/** Standard output of a program of the repository, which has to succeed. */
async function run(program: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, program), ...args], { cwd: root })
  let [output, complaints] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0, `${program}: ${output}${complaints}`)
  return output
}
