import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from './workspaces.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-scripts-'))
const lock = join(root, '.ready.lock')
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('a Node that is too old is told so in one sentence, and nothing else happens', () => {
  const disguise = join(folder, 'old.cjs')
  for (const version of ['10.24.1', '18.20.8', '20.18.3']) {
    const versions = `{ value: { ...process.versions, node: '${version}' } }`
    writeFileSync(disguise, `Object.defineProperty(process, 'versions', ${versions})`)
    const run = script(['--require', disguise], 'tenantry', 'up', '--once')
    assert.deepEqual(run, {
      code: 1,
      stdout: '',
      stderr: `✗ Node ${version} is too old. Next: install Node 20.19 or later and run it again.\n`,
    })
  }
})

test('in a clone that is ready, being ready takes one line', () => {
  const { code, stdout, stderr } = script([], 'build')
  assert.equal(code, 0)
  assert.equal(stdout, '')
  assert.match(stderr, /^✓ Ready: Node [\d.]+, dependencies up to date, build up to date \(\d+\.\d s\)\n$/)
  assert.equal(existsSync(lock), false)
})

test('a second start waits for the first one to be ready', async () => {
  hold(process.pid)
  const child = spawn(process.execPath, [join(root, 'scripts/run.cjs'), 'build'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  await once(child.stderr, 'data')
  assert.equal(said, `… Waiting for another start of this clone (process ${process.pid})\n`)
  rmSync(lock, { recursive: true })
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.match(said, /✓ Ready/)
})

test('the lock of a start that was killed is taken away', () => {
  hold(spawnSync(process.execPath, ['--eval', '']).pid)
  assert.equal(script([], 'build').code, 0)
  assert.equal(existsSync(lock), false)
})

test('an option or a part of a path that means nothing to npm test is refused', () => {
  assert.match(script([], 'test', '--coverag').stderr, /✗ Unknown option '--coverag'/)
  const none = script([], 'test', 'nothing like it')
  assert.equal(none.code, 1)
  assert.match(none.stderr, /✗ No test has nothing like it in its path\.\n$/)
})

// Node 24's runner holds tests to the limit, and lets the file of theirs hang.
const stopsFiles = { skip: Number.parseInt(process.versions.node, 10) >= 24 && 'the runner of this Node stops no file' }

test(
  'a file of tests that does not end is run once more; one that does not end again, or in which a test fails, fails',
  stopsFiles,
  () => {
    const mark = join(folder, 'was here')
    const file = (name: string, text: string) => {
      const path = join(folder, name)
      writeFileSync(path, `const { test } = require('node:test')\ntest('a promise', () => {})\n${text}`)
      return path
    }
    const forever = 'setInterval(() => {}, 1000)'
    const hangsOnce = `const { existsSync, writeFileSync } = require('node:fs')
    if (!existsSync(${JSON.stringify(mark)})) { writeFileSync(${JSON.stringify(mark)}, ''); ${forever} }`
    const ends = file('ends.cjs', '')
    const hanging = file('once.cjs', hangsOnce)
    const always = file('always.cjs', forever)
    const fails = file('fails.cjs', "test('a broken promise', () => { throw new Error('broken') })")

    const first = runTestFiles(ends, hanging)
    assert.equal(first.passed, true, first.said)
    assert.ok(first.said.includes(`! Not ended after 4 s, so run once more: ${hanging}\n`), first.said)
    assert.equal(runTestFiles(ends, always).passed, false)
    const second = runTestFiles(ends, fails)
    assert.equal(second.passed, false)
    assert.doesNotMatch(second.said, /once more/, second.said)
  },
)

test('npm run tenantry -- run starts the tenant that is not there yet, in a folder with a blank in its name', () => {
  const data = join(folder, 'no tenant yet', '.tenantry')
  const program = [process.execPath, '--print', '6 * 7']
  const { code, stdout, stderr } = script([], 'tenantry', 'run', '--data', data, '--', ...program)
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '42\n' }, stderr)
  assert.match(stderr, /\ntenantry run: 0 requests answered by contoso/)
})

function runTestFiles(...files: string[]): { passed: boolean; said: string } {
  const module = JSON.stringify(pathToFileURL(join(root, 'scripts/run-test-files.mjs')))
  const program = join(folder, 'run.mjs')
  const options = '{ concurrency: 2, limit: 4000 }'
  writeFileSync(
    program,
    `import { runTestFiles } from ${module}
    process.exitCode = (await runTestFiles(${JSON.stringify(files)}, ${options})) ? 0 : 1`,
  )
  // Not as a part of the test that runs this.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', env })
  return { passed: status === 0, said: stdout + stderr }
}

function hold(pid: number): void {
  mkdirSync(lock)
  writeFileSync(join(lock, String(pid)), '')
}

function script(options: readonly string[], ...args: readonly string[]) {
  const run = spawnSync(process.execPath, [...options, join(root, 'scripts/run.cjs'), ...args], { encoding: 'utf8' })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}
