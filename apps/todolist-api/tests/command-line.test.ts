import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../src/command-line.js'
import { CommandFailure, exitCodes } from '../src/exit-codes.js'

test('the three commands are read', () => {
  assert.deepEqual(readCommandLine(['serve']), { name: 'serve' })
  assert.deepEqual(readCommandLine(['migrate']), { name: 'migrate' })
  assert.deepEqual(readCommandLine(['seed', '--name', 'tutorial']), { name: 'seed', set: 'tutorial', file: undefined })
  assert.deepEqual(readCommandLine(['seed', '--name=tutorial', '--file', 'set.json']), {
    name: 'seed',
    set: 'tutorial',
    file: 'set.json',
  })
})

test('--help wins over everything', () => {
  for (const args of [['--help'], ['-h'], ['serve', '--help'], ['nonsense', '--help']]) {
    assert.deepEqual(readCommandLine(args), { name: 'help' })
  }
})

const wrong: [string[], string][] = [
  [[], 'no command given; see todolist-api --help'],
  [['start'], 'unknown command "start"; see todolist-api --help'],
  [['constructor'], 'unknown command "constructor"; see todolist-api --help'],
  [['serve', 'now'], 'unexpected argument "now"; see todolist-api --help'],
  [['serve', '--name', 'x'], 'serve takes neither --name nor --file; see todolist-api --help'],
  [['migrate', '--file', 'x'], 'migrate takes neither --name nor --file; see todolist-api --help'],
  [['seed'], 'seed needs --name <set>; see todolist-api --help'],
  [
    ['seed', '--name', 'Tutorial!'],
    'the name of a set is 1 to 64 lower-case letters, digits and hyphens; see todolist-api --help',
  ],
]

for (const [args, sentence] of wrong) {
  test(`"${args.join(' ')}" is a usage error`, () => {
    assert.throws(
      () => readCommandLine(args),
      (error) => {
        assert(error instanceof CommandFailure)
        assert.equal(error.exitCode, exitCodes.usage)
        assert.deepEqual(error.lines, [sentence])
        return true
      },
    )
  })
}

test('an unknown option is a usage error on one line', () => {
  assert.throws(
    () => readCommandLine(['serve', '--port', '1']),
    (error) => {
      assert(error instanceof CommandFailure)
      assert.equal(error.exitCode, exitCodes.usage)
      assert.match(error.message, /^[^\n]*--port[^\n]*; see todolist-api --help$/)
      return true
    },
  )
})
