import type { AdoptOptions } from './adopt/adopt.js'
import { type AppsCommands, appsGroup } from './apps/commands.js'
import { type Output, readOutput } from './apps/options.js'
import { command, flag, type Group, list, value } from './command-line/command.js'
import { type Io, interpret } from './command-line/interpret.js'
import type { DoctorOptions } from './doctor/doctor.js'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import type { PortalOptions } from './portal.js'
import { type IdentitySource, identitySources } from './run/managed-identity.js'
import type { RunOptions } from './run/run.js'
import type { StartOptions } from './start.js'
import type { Terminal } from './steps.js'
import type { TrustOptions } from './trust/trust.js'
import type { UpOptions } from './up.js'

/** What each command does; the command line only reads. */
export interface Commands {
  up(options: UpOptions): Promise<number>
  start(options: StartOptions): Promise<number>
  portal(options: PortalOptions): Promise<number>
  run(options: RunOptions & { readonly isolated: boolean }): Promise<number>
  adopt(options: AdoptOptions): Promise<number>
  doctor(options: DoctorOptions): Promise<number>
  trust(options: TrustOptions): Promise<number>
  apps: AppsCommands
}

/** Reads the arguments and runs the command they name. Resolves to the exit code; throws a Failure for a wrong command line. */
export function runCommandLine(args: readonly string[], commands: Commands, io: Io): Promise<number> {
  return interpret(args, program(commands, io.stdout), io)
}

function program(commands: Commands, stdout: Terminal): Group {
  return {
    name: 'tenantry',
    summary: 'A Microsoft Entra External ID tenant on this machine, and what belongs to it.',
    commands: [
      upCommand(commands),
      startCommand(commands, stdout),
      portalCommand(commands),
      runCommand(commands),
      adoptCommand(commands),
      doctorCommand(commands),
      trustCommand(commands),
      appsGroup(commands.apps),
    ],
  }
}

const stack = flag('print a stack where something fails')

function upCommand({ up }: Commands) {
  return command({
    name: 'up',
    summary: 'start tenant and API, register the applications, and stay up until Ctrl-C',
    options: {
      once: flag('run the daemon once (node . --op getToDos) and stop everything again'),
      port: value('number', 'port of the tenant', 8443, readPort),
      apiPort: value('number', 'port of the ToDoList API', 44351, readPort),
      webPort: value('number', 'port of the web app, which --once does without', 3443, readPort),
      noWeb: flag('serve no web app, and register none'),
      data: value('folder', 'folder for databases, keys and settings', '.tenantry', readFolder),
      verbose: flag('name every change of the registration; print a stack where something fails'),
    },
    run({ webPort, noWeb, ...options }) {
      // Who runs the daemon once has no use for the web app.
      const web = noWeb || options.once ? null : { port: webPort }
      refuseSamePort([
        ['--port', options.port],
        ['--api-port', options.apiPort],
        ['--web-port', web?.port ?? 0],
      ])
      return up({ ...options, web })
    },
  })
}

/** Each may be any that is free. */
function refuseSamePort(ports: readonly (readonly [option: string, port: number])[]): void {
  for (const [index, [option, port]] of ports.entries()) {
    const [other] = ports.slice(0, index).find(([, earlier]) => port !== 0 && earlier === port) ?? []
    if (other === undefined) continue
    const why = `'${other}' and '${option}' are both ${port}, and only one server can listen there`
    throw new Failure(exitCodes.usage, why, 'give one of them another port')
  }
}

function startCommand({ start }: Commands, stdout: Terminal) {
  return command({
    name: 'start',
    summary: 'start one or more tenants alone, and stay up until Ctrl-C',
    options: {
      port: value('number', 'port of the tenant', 8443, readPort),
      data: value('folder', 'folder for database and keys (default: .tenantry)', null, readFolder),
      memory: flag('keep nothing on disk'),
      tenant: list('name', 'subdomain of a tenant; once for each (default: contoso)', readName),
      seed: value('file', 'fill the tenant, which has to be empty, from an export', null, String),
      json: flag('say in one line of JSON on standard output where everything is'),
      verbose: stack,
    },
    run({ port, data, memory, tenant: tenants, seed, json }) {
      if (seed !== null && tenants.length > 1) {
        throw new Failure(exitCodes.usage, "'--seed' fills one tenant", 'name one with --tenant')
      }
      if (memory && data !== null) {
        const why = "'--memory' keeps nothing on disk, and '--data' names a folder to keep it in"
        throw new Failure(exitCodes.usage, why, 'leave out one of them')
      }
      return start({
        port,
        data: memory ? null : (data ?? '.tenantry'),
        tenants,
        seed,
        announceTo: json ? stdout : null,
      })
    },
  })
}

function portalCommand({ portal }: Commands) {
  return command({
    name: 'portal',
    summary: 'print a link, good once, that opens the admin portal of the tenant that runs',
    options: {
      port: value('number', 'port of the tenant (default: the one its folder knows)', null, readPort),
      data: value('folder', 'folder with its database and keys', '.tenantry', readFolder),
      verbose: stack,
    },
    run: portal,
  })
}

function runCommand({ run }: Commands) {
  return command({
    name: 'run',
    summary: "run any program, its calls to Microsoft's login and Graph hosts answered by the local tenant",
    options: {
      data: value(
        'folder',
        'folder of the tenant, which is started if it does not run (default: .tenantry here, or of the folder above that was adopted)',
        null,
        readFolder,
      ),
      port: value('number', 'port of a tenant that is started; 0 takes any that is free', 0, readPort),
      isolated: flag('Linux: in a network of its own, in which there is nothing but the tenant'),
      todolistApi: flag(
        'start the ToDoList API beside the program, in place of the one that it calls (after tenantry adopt)',
      ),
      apiPort: value('number', 'port of that API (default: the one that the program calls)', null, readPort),
      managedIdentity: value(
        'app',
        'its id or name: the program finds it as the managed identity of its host',
        null,
        String,
      ),
      identitySource: value<IdentitySource>(
        'kind',
        'host that the identity is found on: app-service, imds (a virtual machine) or workload (Kubernetes)',
        'app-service',
        readSource,
      ),
      verbose: stack,
    },
    operands: {
      takes: '-- <program> [arguments]',
      behindDashes: true,
      named: 'a program',
      example: '-- node app.js',
      atMost: Number.POSITIVE_INFINITY,
    },
    run({ data, port, isolated, todolistApi, apiPort, managedIdentity, identitySource }, words) {
      if (apiPort === null || todolistApi) {
        const api = todolistApi ? { port: apiPort } : null
        return run({ data, port, isolated, todolistApi: api, managedIdentity, identitySource, command: words })
      }
      throw new Failure(exitCodes.usage, "'--api-port' is for the ToDoList API", 'give --todolist-api along with it')
    },
  })
}

function adoptCommand({ adopt }: Commands) {
  return command({
    name: 'adopt',
    summary: "make a local tenant that fits a program's own configuration, which stays as it is",
    options: {
      data: value('folder', 'folder of the tenant (default: .tenantry in the adopted folder)', null, readFolder),
      dryRun: flag('say what was found and what would be made, and make nothing'),
      output: value<Output>('form', 'text or json', 'text', readOutput),
      verbose: stack,
    },
    operands: {
      takes: '<folder>',
      behindDashes: false,
      named: 'the folder of a program',
      example: '.',
      atMost: 1,
    },
    run: ({ data, dryRun, output }, [folder = '.']) => adopt({ folder, data, dryRun, output }),
  })
}

function trustCommand({ trust }: Commands) {
  return command({
    name: 'trust',
    summary: "let this user's browsers trust the development CA; says what it will run, and asks",
    options: {
      remove: flag('take it back'),
      system: flag("Linux: the system's own store too, for all programs and accounts (as root)"),
      data: value('folder', 'folder of the tenant', '.tenantry', readFolder),
      yes: flag('do not ask'),
      verbose: stack,
    },
    run: ({ remove, system, data, yes }) => trust({ remove, system, data, yes }),
  })
}

function doctorCommand({ doctor }: Commands) {
  return command({
    name: 'doctor',
    summary: 'find what keeps programs from working with the local tenant, and how to mend it',
    options: {
      data: value('folder', 'folder of the tenant', '.tenantry', readFolder),
      verbose: stack,
    },
    run: ({ data }) => doctor({ data }),
  })
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new RangeError('a port is a number from 0 to 65535; 0 takes any that is free')
}

function readSource(text: string): IdentitySource {
  const source = identitySources.find((one) => one === text)
  if (source !== undefined) return source
  throw new RangeError(`a host of managed identities is one of ${identitySources.join(', ')}`)
}

function readName(name: string, names: readonly string[]): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new RangeError('a name has 1 to 63 of a-z, 0-9 and inner hyphens')
  }
  if (names.includes(name)) throw new RangeError('each tenant needs a name of its own')
  return name
}

function readFolder(text: string): string {
  if (text.trim() !== '') return text
  throw new RangeError('a folder needs a name')
}
