import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Invocation, readCommandLine, wantsJson } from '../src/command-line.js'
import { commands, globalOptions } from '../src/command-table.js'
import { Failure } from '../src/failure.js'

function read(...argv: string[]): { name: string; invocation: Invocation } {
  const line = readCommandLine(argv)
  assert.equal(line.kind, 'command')
  return { name: line.command.name, invocation: line.invocation }
}

test('--op and --operation name the command as the tutorial does and make it print JSON', () => {
  for (const argv of [['--op', 'getToDos'], ['--operation=getToDos']]) {
    const { name, invocation } = read(...argv)
    assert.equal(name, 'todos list')
    assert.equal(invocation.legacy, true)
    assert.equal(invocation.format, 'json')
    assert.equal(invocation.timeoutMs, 30_000)
  }
})

test("every operation of the tutorial's kind is a command of the tree", () => {
  const names = ['getToDos', 'getToDo', 'createToDo', 'updateToDo', 'deleteToDo']
  assert.deepEqual(
    names.map((op) => read('--op', op, ...(op.endsWith('s') || op === 'createToDo' ? [] : ['--id', '7'])).name),
    ['todos list', 'todos get', 'todos create', 'todos update', 'todos delete'],
  )
  assert.deepEqual(read('--op', 'getToDo', '--id', '7').invocation.positionals, ['7'])
  assert.deepEqual(read('--op', 'getToDo', '7').invocation.positionals, ['7'])
})

test('every command of the table is found by its words', () => {
  for (const { name, positionals = [] } of commands) {
    const words = positionals.map(({ choices }) => choices?.[0] ?? '1')
    assert.deepEqual(read(...name.split(' '), ...words).name, name)
    assert.deepEqual(read(...name.split(' '), ...words).invocation.positionals, words)
  }
})

test('options are read wherever they stand', () => {
  const { invocation } = read('-v', 'todos', '--limit=5', 'list', '-o', 'csv', '--query', '[]', '--profile', 'cloud')
  assert.equal(invocation.verbose, true)
  assert.equal(invocation.options.get('limit'), '5')
  assert.equal(invocation.format, 'csv')
  assert.equal(invocation.query, '[]')
  assert.equal(invocation.profile, 'cloud')
  assert.equal(invocation.color, true)
})

test('settings given as options get the names they have in the environment', () => {
  const given = ['--client-id=a', '--authority=b', '--scopes=c', '--api-endpoint=d', '--secret-file=e', '--ca-file=f']
  assert.deepEqual(read('doctor', ...given).invocation.settings, {
    CLIENT_ID: 'a',
    AUTHORITY: 'b',
    SCOPES: 'c',
    API_ENDPOINT: 'd',
    CLIENT_SECRET_FILE: 'e',
    CA_FILE: 'f',
  })
})

test('the deadline is given in seconds; import and export have an hour', () => {
  assert.equal(read('todos', 'list', '--timeout=0.25').invocation.timeoutMs, 250)
  assert.equal(read('todos', 'export').invocation.timeoutMs, 3_600_000)
})

test('help and version need no command', () => {
  assert.deepEqual(readCommandLine(['--help']), { kind: 'help', topic: [] })
  assert.deepEqual(readCommandLine(['todos', 'list', '-h']), { kind: 'help', topic: ['todos', 'list'] })
  assert.deepEqual(readCommandLine(['help', 'exit-codes']), { kind: 'help', topic: ['exit-codes'] })
  assert.deepEqual(readCommandLine(['--op', 'getToDos', '--version']), { kind: 'version' })
})

test('failures are JSON where --output json is written, however that is', () => {
  for (const argv of [['-o', 'json'], ['-ojson'], ['--output=json'], ['x', '--output', 'json', 'y']])
    assert.ok(wantsJson(argv), argv.join(' '))
  for (const argv of [[], ['-o', 'csv'], ['json'], ['--output', 'jsonl']]) assert.ok(!wantsJson(argv), argv.join(' '))
})

test('an option has one meaning: no command redefines one of every command', () => {
  for (const { name, options = {} } of commands)
    for (const option of Object.keys(options)) assert.ok(!Object.hasOwn(globalOptions, option), `${name} --${option}`)
})

const operations = 'getToDos, getToDo, createToDo, updateToDo, deleteToDo'
const todosCommands = commands.flatMap(({ name }) => (name.startsWith('todos ') ? [`\`${name}\``] : [])).join(', ')
const refusals: readonly [argv: string[], why: string, next?: string][] = [
  [[], 'no command is named', 'for instance `todos list`, or --op getToDos'],
  [['getToDos'], '"getToDos" is an operation', 'write --op getToDos, or todos list'],
  [['todos', 'lst'], '"todos lst" is not a command', 'did you mean `todos list`?'],
  [['tdos', 'list'], '"tdos list" is not a command', 'did you mean `todos list`?'],
  [['tdos'], '"tdos" is not a command', `did you mean one of ${todosCommands}?`],
  [['todos'], '"todos" is not a command', `did you mean one of ${todosCommands}?`],
  [['todos', 'obliterate'], '"todos obliterate" is not a command', `did you mean one of ${todosCommands}?`],
  [['auth'], '"auth" is not a command', 'did you mean `auth whoami`?'],
  [['config'], '"config" is not a command', 'did you mean `config show`?'],
  [['doctr', 'now'], '"doctr now" is not a command', 'did you mean `doctor`?'],
  [['frobnicate'], '"frobnicate" is not a command'],
  [['todos', 'list', 'all'], '"all" is not understood', 'write todos list'],
  [['todos', 'get'], 'todos get needs <id>', 'write todos get <id> (or --op getToDo --id <id>)'],
  [['todos', 'import'], 'todos import needs <file>', 'write todos import <file>'],
  [['completion', 'tcsh'], '"tcsh" is not known to completion', 'use one of bash, zsh, fish, pwsh'],
  [['todos', 'list', '--yes'], '--yes is not an option of todos list', 'write todos list'],
  [['todos', 'get', '--id', '1'], '--id belongs to the operations of one to-do', 'write todos get <id>'],
  [['--op', 'getToDos', '--id', '1'], '--id belongs to the operations of one to-do', 'write todos list'],
  [['--op', 'gettodo'], `"gettodo" is not an operation; known: ${operations}`, 'did you mean --op getToDo?'],
  [['--op'], '--op needs a value', 'write --op <operation>'],
  [['--op='], '--op needs a value', 'write --op <operation>'],
  [['--op', 'a', '--op', 'b'], '--op is given twice', 'give it once'],
  [['--op', 'a', '--operation', 'b'], '--op and --operation are the same option', 'give one of them'],
  [['--op', 'getToDos', '-o', 'csv'], '--op always prints JSON', 'leave --output out, or use the command `todos`'],
  [['--secret=abc'], '--secret is not an option', 'did you mean --secret-file?'],
  [['-x'], '-x is not an option'],
  [['--op', 'dance'], `"dance" is not an operation; known: ${operations}`],
  [['--ouput', 'json'], '--ouput is not an option', 'did you mean --output?'],
  [['--verbose=yes'], '--verbose takes no value', 'write --verbose alone'],
  [['todos', 'list', '-o', 'xml'], '--output xml is not known', 'use one of json, ndjson, table, csv, yaml, none'],
  [['doctor', '--profile', '../x'], '--profile ../x is not a name', 'use letters, digits, - and _, at most 64'],
  [
    ['doctor', '--profile', 'x', '--config', 'y'],
    '--config and --profile both name a file of settings',
    'give one of them',
  ],
  [['doctor', '--correlation-id', 'x'], '--correlation-id x is not a GUID', 'leave it out for a fresh one'],
  ...['0', '-1', 'soon', '1e3', '86401', 'Infinity'].map((text): [string[], string, string] => [
    ['--op', 'getToDos', `--timeout=${text}`],
    `--timeout ${text} is not a number of seconds between 0 and 86400`,
    'for instance --timeout 30',
  ]),
]

for (const [argv, why, next] of refusals) {
  test(`"${argv.join(' ')}" is refused: ${why}`, () => {
    assert.throws(
      () => readCommandLine(argv),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.exit, 'usage')
        assert.equal(error.message, `wrong command line: ${why}`)
        const advice = next === undefined ? '' : `${next}${next.endsWith('?') ? '' : ';'} `
        assert.equal(error.next, `${advice}--help shows everything`)
        return true
      },
    )
  })
}
