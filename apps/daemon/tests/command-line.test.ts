import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../src/command-line.js'
import { Failure } from '../src/failure.js'
import { operations } from '../src/operations.js'

const read = (...argv: string[]) => readCommandLine(argv, operations)
const getToDos = operations.get('getToDos')

test('--op and --operation name the operation, with or without an equals sign', () => {
  const expected = { kind: 'operation', operation: getToDos, config: undefined, timeoutMs: 30_000, verbose: false }
  assert.deepEqual(read('--op', 'getToDos'), expected)
  assert.deepEqual(read('--operation=getToDos'), expected)
})

test('config, timeout in seconds and verbose are read', () => {
  assert.deepEqual(read('--verbose', '--config', 'cloud.env', '--timeout=0.25', '--op', 'getToDos'), {
    kind: 'operation',
    operation: getToDos,
    config: 'cloud.env',
    timeoutMs: 250,
    verbose: true,
  })
})

test('help and version need no operation', () => {
  assert.deepEqual(read('--help'), { kind: 'help' })
  assert.deepEqual(read('--op', 'getToDos', '--version'), { kind: 'version' })
})

const everyOption = '--op, --operation, --config, --timeout, --verbose, --help, --version'
const refusals: readonly [argv: string[], why: string, next: string][] = [
  [[], 'no operation is named', 'use --op with one of: getToDos'],
  [['getToDos'], '"getToDos" is not understood', 'name the operation with --op'],
  [['--op', 'gettodo'], '"gettodo" is not an operation; known: getToDos', 'try --op getToDos'],
  [['--op'], '--op needs a value', 'write --op <operation>'],
  [['--op='], '--op needs a value', 'write --op <operation>'],
  [['--op', 'a', '--op', 'b'], '--op is given twice', 'give it once'],
  [['--op', 'a', '--operation', 'b'], '--op and --operation are the same option', 'give one of them'],
  [['--secret=abc'], '--secret is not an option', `use one of ${everyOption}`],
  [['-v'], '-v is not an option', `use one of ${everyOption}`],
  [['--verbose=yes'], '--verbose takes no value', 'write --verbose alone'],
  ...['0', '-1', 'soon', '1e3', '86401', 'Infinity'].map((text): [string[], string, string] => [
    ['--op', 'getToDos', `--timeout=${text}`],
    `--timeout ${text} is not a number of seconds between 0 and 86400`,
    'for instance --timeout 30',
  ]),
]

for (const [argv, why, next] of refusals) {
  test(`"${argv.join(' ')}" is refused: ${why}`, () => {
    assert.throws(
      () => read(...argv),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.exit, 'usage')
        assert.equal(error.message, `wrong command line: ${why}`)
        assert.equal(error.next, `${next}; --help shows everything`)
        return true
      },
    )
  })
}
