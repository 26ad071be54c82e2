import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const base = mkdtempSync(join(tmpdir(), 'tenantry entry '))
after(() => rmSync(base, { recursive: true, force: true }))
const command = fileURLToPath(new URL('../../tenantry.cjs', import.meta.url))

const compiled = { 'dist/src/main.js': "console.log('compiled')" }
const bundled = {
  'dist/bundle/main.cjs': "console.log('bundled')",
  'dist/bundle-run/main.cjs': "console.log('bundled to run')",
  'dist/bundle-start/main.cjs': "console.log('bundled to start')",
}

test('before the build the command says in one line how to build', () => {
  assert.deepEqual(run({}), {
    code: 1,
    stdout: '',
    stderr: '✗ Tenantry is not built yet. Next: run `npm start` or `npm run build` in the repository root.\n',
  })
})

test('the bundle is run where there is one; as compiled without one, and with --verbose, so that stacks name the files', () => {
  const ran = (stdout: string) => ({ code: 0, stdout: `${stdout}\n`, stderr: '' })
  assert.deepEqual(run({ ...compiled, ...bundled }), ran('bundled'))
  assert.deepEqual(run({ ...compiled, ...bundled }, 'run'), ran('bundled to run'))
  assert.deepEqual(run({ ...compiled, ...bundled }, 'run', '--todolist-api'), ran('bundled'))
  assert.deepEqual(run({ ...compiled, ...bundled }, 'start'), ran('bundled to start'))
  assert.deepEqual(run(compiled), ran('compiled'))
  assert.deepEqual(run({ ...compiled, ...bundled }, '--verbose'), ran('compiled'))
})

test('each bundle explains a failure that comes from the tenant, and none ends in a stack', () => {
  const others = mkdtempSync(join(base, 'others '))
  writeFileSync(join(others, 'main.ts'), '')
  for (const [name, ...rest] of [['run', '--', process.execPath, '--version'], ['start'], ['up']] as const) {
    const args = [command, name, '--data', others, ...rest]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [6, ''], stderr)
    assert.match(stderr, /^✗ .*has other things in it\. Choose a folder that is empty, or does not exist yet\.\n$/)
  }
})

/** Runs the command in a folder that holds it and these files. */
function run(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = mkdtempSync(join(base, 'package '))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  copyFileSync(command, join(folder, 'tenantry.cjs'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'tenantry.cjs'), ...args], {
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}
