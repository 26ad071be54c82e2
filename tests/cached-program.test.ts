import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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
const text = `(function (require, meta, load) {
  const { join } = require('node:path')
  console.log([join('a', 'b'), process.argv[2], meta.url, meta.resolve('neighbour')].join(' '))
  if (process.argv[2] === 'fail') throw new Error('on line 4')
  if (process.argv[2] !== 'alone') console.log(load('package-1.js')(process.argv[2]))
})`

/** What the program asks for, unless it is to run alone. */
const part = 'package-1.js'
const partText = `(function (require, meta) {
  const { join } = require('node:path')
  return (asked) => {
    if (asked === 'fail apart') throw new Error('on line 4 of the package')
    return [join('p', 'q'), asked, meta.url, meta.resolve('neighbour')].join(' ')
  }
})`
const files = [program, part]

test('a first run leaves both compiled forms behind and a second one takes them as they are', () => {
  const { folder, run, kept } = bundle('plain')
  const here = `file://${encodeURI(folder)}`
  const places = `${here.replace(/bundle$/, 'src/main.js')} ${here}/node_modules/neighbour/index.js\n`
  const printed = `a/b one ${places}p/q one ${places}`
  assert.deepEqual(run('one'), { code: 0, stdout: printed, stderr: '' })
  const before = files.flatMap(kept)
  assert.equal(before.length, 2)
  for (const file of before) utimesSync(file, 1, 1)
  assert.deepEqual(run('one'), { code: 0, stdout: printed, stderr: '' })
  assert.deepEqual(files.flatMap(kept), before)
  for (const file of before) assert.equal(statSync(file).mtimeMs, 1000)
})

test('a run that does not ask for the package neither makes its compiled form nor needs the package', () => {
  const { folder, run, kept } = bundle('alone')
  assert.equal(run('alone').code, 0)
  assert.deepEqual([kept(program).length, kept(part).length], [1, 0])
  rmSync(join(folder, part))
  assert.equal(run('alone').code, 0)
  const { code, stderr } = run('one')
  assert.equal(code, 1)
  assert.ok(stderr.includes(`ENOENT: no such file or directory, open '${join(folder, part)}'`), stderr)
})

test('a package whose name changes with its text is not taken from the compiled form of before', () => {
  const { folder, run, kept } = bundle('renamed')
  assert.equal(run('one').code, 0)
  // As long as the old text: V8 would take the old compiled form for it.
  writeFileSync(join(folder, 'package-2.js'), partText.replace("'q'", "'z'"))
  writeFileSync(join(folder, 'program-2.js'), text.replace(part, 'package-2.js'))
  const main = join(folder, 'main.cjs')
  writeFileSync(main, readFileSync(main, 'utf8').replace(program, 'program-2.js'))
  for (const _ of ['made', 'kept']) assert.match(run('one').stdout, /^a\/b one .*\np\/z one /)
  for (const name of [...files, 'program-2.js', 'package-2.js']) assert.equal(kept(name).length, 1, name)
})

for (const name of files) {
  test(`a compiled form of ${name} that is damaged anywhere, cut off, empty or of another program is made anew, and the run succeeds`, () => {
    const { run, kept } = bundle(`damaged ${name}`)
    run('one')
    const [file = ''] = kept(name)
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

  test(`a compiled form of ${name} that V8 does not take is thrown away, and the run succeeds`, () => {
    const { run, kept } = bundle(`rejected ${name}`)
    run('one')
    const [file = ''] = kept(name)
    // 500 zeros, twice: whole, and still nothing that V8 wrote.
    const zeros = Buffer.alloc(500)
    writeFileSync(file, Buffer.concat([zeros, zeros]))
    assert.equal(run('one').code, 0)
    assert.deepEqual(kept(name), [])
    assert.equal(run('one').code, 0)
    assert.deepEqual(kept(name), [file])
  })
}

test('Node with other flags, to which no compiled form of before belongs, runs the program and the package too', () => {
  const { run } = bundle('flags')
  for (const flags of [[], ['--no-opt'], [], ['--jitless'], []]) {
    assert.match(run('one', flags).stdout, /^a\/b one .*\np\/q one /)
  }
})

test('where nothing can be written the program runs all the same and leaves nothing behind', () => {
  const { folder, run, kept } = bundle('read-only')
  // A folder in the place of the file stops root too, which permissions do not.
  run('one')
  const before = readdirSync(folder).sort()
  const forms = files.flatMap(kept)
  assert.equal(forms.length, 2)
  for (const file of forms) {
    rmSync(file)
    mkdirSync(file)
    writeFileSync(join(file, 'x'), '')
  }
  assert.equal(run('one').code, 0)
  chmodSync(folder, 0o500)
  assert.equal(run('one').code, 0)
  chmodSync(folder, 0o700)
  assert.deepEqual(readdirSync(folder).sort(), before)
})

test('starts at the same time all succeed and leave one whole compiled form of each file', async () => {
  const { folder, run, kept } = bundle('together')
  const exits = [1, 2, 3].map(() => {
    const child = spawn(process.execPath, [join(folder, 'main.cjs'), 'one'], { stdio: 'ignore' })
    return once(child, 'close')
  })
  for (const [code] of await Promise.all(exits)) assert.equal(code, 0)
  const forms = files.flatMap(kept)
  assert.equal(forms.length, 2)
  for (const file of forms) utimesSync(file, 1, 1)
  assert.equal(run('one').code, 0)
  for (const file of forms) assert.equal(statSync(file).mtimeMs, 1000)
})

for (const [name, argument, message] of [
  [program, 'fail', 'on line 4'],
  [part, 'fail apart', 'on line 4 of the package'],
] as const) {
  test(`the stack of an error in ${name} names the file and the line, with the compiled form and without`, () => {
    const { folder, run } = bundle(`failing ${name}`)
    for (const _ of ['made', 'kept']) {
      const { code, stderr } = run(argument)
      assert.equal(code, 1)
      assert.ok(stderr.includes(`${join(folder, name)}:4`), stderr)
      assert.ok(stderr.includes(`Error: ${message}\n`), stderr)
    }
  })
}

test('a build leaves the daemon in two files, each with its compiled form, and MSAL in the one that is loaded when asked for', () => {
  const folder = join(root, 'apps/daemon/dist/bundle')
  const main = readFileSync(join(folder, 'main.cjs'), 'utf8')
  const [built = 'no program'] = /program-[0-9a-f]{16}\.js/.exec(main) ?? []
  const builtText = readFileSync(join(folder, built), 'utf8')
  const [apart = 'no package'] = /package-[0-9a-f]{16}\.js/.exec(builtText) ?? []
  const msal = 'ConfidentialClientApplication=class extends'
  assert.equal(builtText.includes(msal), false)
  assert.equal(readFileSync(join(folder, apart), 'utf8').includes(msal), true)
  const form = `.${process.versions.v8}-${process.arch}`
  for (const name of [built, apart]) assert.ok(statSync(join(folder, `${name}${form}`)).size > 100_000, name)
})

/** A bundle as scripts/bundle.mjs lays it out, of a small program and a package that stands apart. */
function bundle(name: string) {
  const folder = join(base, name, 'bundle')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, program), text)
  writeFileSync(join(folder, part), partText)
  mkdirSync(join(folder, 'node_modules/neighbour'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/neighbour/index.js'), '')
  const runner = readFileSync(join(root, 'scripts/cached-program.cjs'), 'utf8')
  writeFileSync(join(folder, 'main.cjs'), `${runner}\nmodule.exports(__dirname, '${program}', require)\n`)
  return {
    folder,
    kept: (of: string) =>
      readdirSync(folder)
        .filter((file) => file.startsWith(`${of}.`))
        .map((file) => join(folder, file)),
    run(argument: string, options: readonly string[] = []) {
      const args = [...options, join(folder, 'main.cjs'), argument]
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      return { code: status, stdout, stderr }
    },
  }
}
