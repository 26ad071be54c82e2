import type { Command, Option } from './commands/command.js'
import { formats } from './output/formats.js'

const owner: Option = { value: '<guid>', summary: 'object id of the user whom the to-dos belong to' }
const description: Option = { value: '<text>', summary: 'what is to be done, at most 1000 characters' }
const contains: Option = { value: '<text>', summary: 'only to-dos whose description has this text in it' }
const fileFormat: Option = {
  value: '<format>',
  choices: ['ndjson', 'json', 'csv'],
  summary: "ndjson, json or csv; otherwise told by the file's ending, ndjson where that says nothing",
}
const anHour = 3600

/** Every command, in the order of the help text. */
export const commands: readonly Command[] = [
  {
    name: 'todos list',
    operation: 'getToDos',
    summary: 'print the to-dos as { id, owner, description }',
    options: {
      owner,
      contains,
      limit: { value: '<number>', summary: 'at most so many' },
    },
    load: async () => (await import('./commands/todos.js')).listToDos,
  },
  {
    name: 'todos get',
    operation: 'getToDo',
    summary: 'print one to-do',
    positionals: [{ name: 'id', required: true }],
    load: async () => (await import('./commands/todos.js')).getToDo,
  },
  {
    name: 'todos create',
    operation: 'createToDo',
    summary: 'make a to-do for a user and print it',
    options: { description, owner },
    load: async () => (await import('./commands/todos.js')).createToDo,
  },
  {
    name: 'todos update',
    operation: 'updateToDo',
    summary: 'change the description of a to-do and print it',
    positionals: [{ name: 'id', required: true }],
    options: { description },
    load: async () => (await import('./commands/todos.js')).updateToDo,
  },
  {
    name: 'todos delete',
    operation: 'deleteToDo',
    summary: 'delete a to-do and print what it was',
    positionals: [{ name: 'id', required: true }],
    options: { yes: { summary: 'do not ask; needed where nobody can be asked' } },
    load: async () => (await import('./commands/todos.js')).deleteToDo,
  },
  {
    name: 'todos import',
    summary: 'make a to-do of each record of a file, or of stdin (-)',
    positionals: [{ name: 'file', required: true }],
    options: {
      format: fileFormat,
      owner,
      skip: { value: '<number>', summary: 'pass over so many records: where an interrupted import goes on' },
    },
    timeoutSeconds: anHour,
    load: async () => (await import('./commands/todos-import.js')).importToDos,
  },
  {
    name: 'todos export',
    summary: 'write all to-dos into a file, which appears only when it is complete, or to stdout (-)',
    positionals: [{ name: 'file', required: false }],
    options: { format: fileFormat, owner },
    timeoutSeconds: anHour,
    load: async () => (await import('./commands/todos-export.js')).exportToDos,
  },
  {
    name: 'run',
    summary: 'stay and do jobs on time: export to a file, sync from one, cleanup by description or age',
    positionals: [
      { name: 'action', required: false, choices: ['export', 'sync', 'cleanup'] },
      { name: 'file', required: false },
    ],
    options: {
      job: { value: '<file>', summary: 'the jobs are in this YAML or JSON file' },
      every: { value: '<time>', summary: 'how often: 30s, 5m, 2h, 1d' },
      schedule: { value: '<cron>', summary: 'when, as a cron pattern of five or six parts' },
      'time-zone': { value: '<name>', summary: 'of --schedule, for instance Europe/Berlin; UTC if not given' },
      jitter: { value: '<time>', summary: 'begin up to so much later, by chance' },
      'catch-up': {
        value: '<policy>',
        choices: ['once', 'never'],
        summary: 'what was missed is done once (default) or never',
      },
      once: { summary: 'do every job now, once, and end' },
      format: fileFormat,
      owner,
      contains,
      'older-than': { value: '<time>', summary: 'cleanup: only to-dos that were seen unchanged for so long, as 90d' },
      record: { value: '<file>', summary: 'cleanup: remembers since when each to-do was seen so; made when missing' },
      'dry-run': { summary: 'cleanup: delete nothing, tell how many it would be' },
      'health-port': { value: '<port>', summary: 'answer /livez, /startupz, /readyz and /metrics on this port' },
      'health-host': { value: '<address>', summary: 'on this address; 127.0.0.1 if not given' },
      grace: { value: '<seconds>', summary: 'how long a running job may go on after SIGTERM (default 25)' },
    },
    timeoutSeconds: anHour,
    load: async () => (await import('./commands/run.js')).runDaemon,
  },
  {
    name: 'auth whoami',
    summary: 'sign in and tell as whom, in which tenant, with which app roles',
    load: async () => (await import('./commands/token.js')).whoAmI,
  },
  {
    name: 'token get',
    summary: 'print the access token itself',
    options: { raw: { summary: 'also on a terminal' } },
    load: async () => (await import('./commands/token.js')).getToken,
  },
  {
    name: 'token inspect',
    summary: 'explain a token (an argument, - for stdin, or our own); it is sent nowhere and not verified',
    positionals: [{ name: 'jwt', required: false }],
    load: async () => (await import('./commands/token.js')).inspectToken,
  },
  {
    name: 'token clear',
    summary: 'remove the token from the cache that TOKEN_CACHE names',
    load: async () => (await import('./commands/token.js')).clearToken,
  },
  {
    name: 'credential show',
    summary: 'list the credentials in the order in which they are tried and where each comes from, not what it is',
    load: async () => (await import('./commands/credential.js')).showCredential,
  },
  {
    name: 'credential test',
    summary: 'get a token with the credential, whatever the cache holds',
    load: async () => (await import('./commands/credential.js')).testCredential,
  },
  {
    name: 'doctor',
    summary: 'check settings, network, tenant, token and API in order; name the fault and what mends it',
    load: async () => (await import('./commands/doctor.js')).examine,
  },
  {
    name: 'config show',
    summary: 'print the settings in use, secrets concealed',
    options: { origin: { summary: 'and where each comes from' } },
    load: async () => (await import('./commands/config.js')).showConfiguration,
  },
  {
    name: 'explain',
    summary: 'tell what an AADSTS code means and what to do; works offline',
    positionals: [{ name: 'code', required: true }],
    load: async () => (await import('./commands/explain.js')).explain,
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    positionals: [{ name: 'shell', required: true, choices: ['bash', 'zsh', 'fish', 'pwsh'] }],
    load: async () => (await import('./commands/completion.js')).completion(commands, globalOptions),
  },
  {
    name: 'version',
    summary: 'print the version',
    options: { json: { summary: 'with the versions of Node and the operating system, as JSON' } },
    load: async () => (await import('./commands/version.js')).version,
  },
]

/** Options that every command takes. */
export const globalOptions: Readonly<Record<string, Option>> = {
  op: {
    value: '<operation>',
    summary: "the tutorial's way to name a command: getToDos, getToDo, createToDo, updateToDo or deleteToDo",
  },
  operation: { value: '<operation>', summary: 'the same' },
  id: { value: '<id>', summary: 'with --op: the to-do' },
  output: {
    value: '<format>',
    short: 'o',
    choices: formats,
    summary: `${formats.join(', ')}; otherwise table on a terminal, json elsewhere; json makes failures JSON too`,
  },
  query: { value: '<jmespath>', summary: 'print only what this JMESPath expression selects' },
  config: { value: '<file>', summary: 'read settings from this env file instead of .tenantry/daemon.env' },
  profile: { value: '<name>', summary: "read settings from <name>.env in this user's settings folder" },
  'client-id': { value: '<guid>', summary: 'instead of CLIENT_ID' },
  authority: { value: '<url>', summary: 'instead of AUTHORITY' },
  scopes: { value: '<scope>', summary: 'instead of SCOPES' },
  'api-endpoint': { value: '<url>', summary: 'instead of API_ENDPOINT' },
  'secret-file': { value: '<file>', summary: 'instead of CLIENT_SECRET_FILE' },
  'ca-file': { value: '<file>', summary: 'instead of CA_FILE' },
  timeout: {
    value: '<seconds>',
    summary: 'deadline for the whole command (default 30; import, export and each job of run an hour)',
  },
  'correlation-id': { value: '<guid>', summary: 'the id that goes with every request; a fresh one if not given' },
  verbose: { short: 'v', summary: 'tell on stderr what happens; never shows a token or secret' },
  quiet: { short: 'q', summary: 'no progress and no remarks on stderr' },
  'no-color': { summary: 'no bold head line in tables; NO_COLOR does the same' },
  help: { short: 'h', summary: 'print help, after a command its own' },
  version: { summary: 'print the version' },
}

/** Which setting each of these options stands for. */
export const settingOptions: Readonly<Record<string, string>> = {
  'client-id': 'CLIENT_ID',
  authority: 'AUTHORITY',
  scopes: 'SCOPES',
  'api-endpoint': 'API_ENDPOINT',
  'secret-file': 'CLIENT_SECRET_FILE',
  'ca-file': 'CA_FILE',
}
