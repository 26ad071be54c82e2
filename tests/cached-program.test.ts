import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { root } from './workspaces.js'

const base = mkdtempSync(join(tmpdir(), 'tenantry cäched '))
after(() => rmSync(base, { recursive: true, force: true }))

const program = 'program-1.js'
const text = `(function (require, meta) {
  const { join } = require('node:path')
  console.log([join('a', 'b'), process.argv[2], meta.url, meta.resolve('neighbour')].join(' '))
  if (process.argv[2] === 'fail') throw new Error('on line 4')
})`

test('a first run leaves the compiled form behind and a second one takes it as it is', () => {
  const { folder, run, kept } = bundle('plain')
  const here = `file://${encodeURI(folder)}`
  const printed = `a/b one ${here.replace(/bundle$/, 'src/main.js')} ${here}/node_modules/neighbour/index.js\n`
  assert.deepEqual(run('one'), { code: 0, stdout: printed, stderr: '' })
  const [file] = kept()
  assert.ok(file !== undefined)
  utimesSync(file, 1, 1)
  assert.deepEqual(run('one'), { code: 0, stdout: printed, stderr: '' })
  assert.deepEqual(kept(), [file])
  assert.equal(statSync(file).mtimeMs, 1000)
})

test('a compiled form that is damaged anywhere, cut off, empty or of another program is made anew, and the run succeeds', () => {
  const { run, kept } = bundle('damaged')
  run('one')
  const [file = ''] = kept()
  const good = readFileSync(file)
  const flipped = (at: number) => Buffer.from(good.map((byte, index) => (index === at ? byte ^ 0xff : byte)))
  const places = [0, 40, Math.floor(good.length / 2), good.length - 1].map(flipped)
  for (const bad of [...places, good.subarray(0, good.length - 100), Buffer.alloc(0), Buffer.from('nonsense')]) {
    writeFileSync(file, bad)
    const { code, stderr } = run('one')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.ok(readFileSync(file).length === good.length, 'it was not made anew')
  }
})

test('a compiled form that V8 does not take is thrown away, and the run succeeds', () => {
  const { run, kept } = bundle('rejected')
  run('one')
  const [file = ''] = kept()
  // 500 zeros behind their checksum: whole, and still nothing that V8 wrote.
  const zeros = Buffer.alloc(500)
  writeFileSync(file, Buffer.concat([createHash('sha1').update(zeros).digest(), zeros]))
  assert.equal(run('one').code, 0)
  assert.deepEqual(kept(), [])
  assert.equal(run('one').code, 0)
  assert.deepEqual(kept(), [file])
})

test('Node with other flags, to which no compiled form of before belongs, runs the program too', () => {
  const { run } = bundle('flags')
  for (const flags of [[], ['--no-opt'], [], ['--jitless'], []]) {
    assert.match(run('one', flags).stdout, /^a\/b one /)
  }
})

test('where nothing can be written the program runs all the same and leaves nothing behind', () => {
  const { folder, run } = bundle('read-only')
  // A folder in the place of the file stops root too, which permissions do not.
  run('one')
  const [file = ''] = readdirSync(folder).filter((name) => name.startsWith(`${program}.`))
  rmSync(join(folder, file))
  mkdirSync(join(folder, file))
  writeFileSync(join(folder, file, 'x'), '')
  assert.equal(run('one').code, 0)
  chmodSync(folder, 0o500)
  assert.equal(run('one').code, 0)
  chmodSync(folder, 0o700)
  assert.deepEqual(readdirSync(folder).sort(), ['main.cjs', 'node_modules', program, file].sort())
})

test('the stack of an error names the file and the line, with the compiled form and without', () => {
  const { folder, run } = bundle('failing')
  for (const _ of ['made', 'kept']) {
    const { code, stderr } = run('fail')
    assert.equal(code, 1)
    assert.ok(stderr.includes(`${join(folder, program)}:4`), stderr)
    assert.match(stderr, /Error: on line 4/)
  }
})

/** A bundle as scripts/bundle.mjs lays it out, of a small program. */
function bundle(name: string) {
  const folder = join(base, name, 'bundle')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, program), text)
  mkdirSync(join(folder, 'node_modules/neighbour'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/neighbour/index.js'), '')
  const runner = readFileSync(join(root, 'scripts/cached-program.cjs'), 'utf8')
  writeFileSync(join(folder, 'main.cjs'), `${runner}\nmodule.exports(__dirname, '${program}', require)\n`)
  return {
    folder,
    kept: () =>
      readdirSync(folder)
        .filter((file) => file.startsWith(`${program}.`))
        .map((file) => join(folder, file)),
    run(argument: string, options: readonly string[] = []) {
      const args = [...options, join(folder, 'main.cjs'), argument]
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      return { code: status, stdout, stderr }
    },
  }
}
