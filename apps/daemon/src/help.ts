import { signature } from './command-line.js'
import { commands, globalOptions } from './command-table.js'
import type { Command, Option } from './commands/command.js'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import { plain } from './outside-text.js'

/** What `help` and `--help` print about a topic: nothing for everything, `exit-codes`, a command or its first word. */
export function helpText(topic: readonly string[]): string {
  const name = topic.join(' ')
  if (name === '') return overview()
  if (name === 'exit-codes') return `${exitCodeRows().join('\n')}\n`
  const exact = commands.find((command) => name === command.name || name.startsWith(`${command.name} `))
  if (exact) return aboutCommand(exact)
  const group = commands.filter((command) => command.name.startsWith(`${name} `))
  if (group.length > 0) return `${rows(group.map(commandRow)).join('\n')}\n`
  throw new Failure('usage', {
    what: 'no such help',
    why: `"${plain(name)}" is neither a command nor exit-codes`,
    next: 'run it with --help alone to see all commands',
  })
}

function overview(): string {
  return [
    'Signs in as itself and calls the ToDoList web API. Data goes to stdout, everything else to stderr.',
    '',
    'Usage: node . <command> [options]',
    '       node . --op getToDos          (or getToDo, createToDo, updateToDo, deleteToDo)',
    '',
    'Commands:',
    ...rows([...commands.map(commandRow), ['help [command]', 'about one command, or `help exit-codes`']]),
    '',
    'Options of every command:',
    ...rows(Object.entries(globalOptions).map(optionRow)),
    '',
    'Settings: CLIENT_ID, AUTHORITY, SCOPES, API_ENDPOINT, CA_FILE, TOKEN_CACHE, JOB_LOCK, and a credential: CERT_FILE,',
    'FEDERATED_TOKEN_FILE, MANAGED_IDENTITY, CLIENT_SECRET_FILE or CLIENT_SECRET (the README has them all).',
    'AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_AUTHORITY_HOST, AZURE_CLIENT_SECRET and the like work too.',
    'The strongest first: options, environment, --config or --profile, .env (not with NODE_ENV=production),',
    '.tenantry/daemon.env, settings of this user, defaults. `config show --origin` tells what came from where.',
    '',
    'Exit codes:',
    ...exitCodeRows(),
    '',
  ].join('\n')
}

function aboutCommand(command: Command): string {
  const options = Object.entries(command.options ?? {})
  const operation = command.operation === undefined ? [] : [`       node . --op ${command.operation}`]
  return [
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    '',
    `Usage: node . ${signature(command)} [options]`,
    ...operation,
    ...(options.length > 0 ? ['', 'Options:', ...rows(options.map(optionRow))] : []),
    '',
    'Options of every command: see --help.',
    '',
  ].join('\n')
}

function commandRow(command: Command): [string, string] {
  return [signature(command), command.summary]
}

function optionRow([name, { value = '', short, summary }]: [string, Option]): [string, string] {
  return [`${short === undefined ? '    ' : `-${short}, `}--${name} ${value}`.trimEnd(), summary]
}

function exitCodeRows(): string[] {
  const byCode = Object.values(exitCodes).toSorted((a, b) => a.code - b.code)
  return rows(byCode.map(({ code, meaning }) => [String(code), meaning]))
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([left]) => left.length))
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
