import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { programName } from '../spelling.js'
import type { Terminal } from '../steps.js'
import { openTenantFolder } from '../tenant-folder.js'
import { type Command, type Root, type Store, type System, storesOf } from './stores.js'

export interface TrustOptions {
  readonly data: string
  readonly remove: boolean
  readonly system: boolean
  /** Do not ask. */
  readonly yes: boolean
}

export interface TrustSurroundings extends Pick<System, 'platform' | 'home'> {
  readonly terminal: Terminal
  readonly environment: NodeJS.ProcessEnv
  /** Asks a person; null where there is none. */
  readonly confirm: ((question: string) => Promise<boolean>) | null
}

/**
 * Lets this user's browsers trust the development CA of a data folder, or takes that back. Says before what it will run, asks,
 * and says afterwards what it did; what is done already is left alone. Resolves to the exit code; throws a Failure.
 */
export async function trust(options: TrustOptions, surroundings: TrustSurroundings): Promise<number> {
  const { terminal, environment, platform, home } = surroundings
  const { folder } = openTenantFolder(options.data, null, environment)
  const root = readRoot(folder.file('ca.pem'), folder.read('ca.pem') ?? '')
  const { remove } = options
  const stores = storesOf({ platform, home, system: options.system }, root)
  if (platform !== 'darwin' && platform !== 'win32') refuseWithoutCertutil(environment)
  const toChange = stores.filter(({ look }) => succeeds(look, environment) === remove)
  const unchanged = stores.filter((store) => !toChange.includes(store))
  for (const { name } of unchanged) terminal.write(`✓ ${name}: ${remove ? 'does not trust it' : 'trusts it already'}\n`)
  if (toChange.length > 0) {
    if (!remove) terminal.write(explanation(folder.path))
    await confirmed(toChange, options, surroundings)
    for (const store of toChange) change(store, options, surroundings)
  }
  const program = programName(environment)
  const undo = `${program} trust --remove --data ${spelled(options.data)}${options.system ? ' --system' : ''}`
  terminal.write(
    remove ? '' : `Undo it with \`${undo}\`, before the folder is deleted. Start browsers anew that run.\n`,
  )
  return exitCodes.success
}

function readRoot(file: string, pem: string): Root {
  const { subject, fingerprint } = new X509Certificate(pem)
  return { file, name: subject.replace(/^CN=/, ''), thumbprint: fingerprint.replaceAll(':', '') }
}

const explanation = (folder: string) =>
  `This lets your browsers trust the certificates of ${folder}. They can be for localhost and for Microsoft's login and Graph hosts, and for
nothing else. Whoever can read that folder can then pose as these hosts to your browsers: use it on machines for development only.
Nothing needs it but a browser that is to open the local tenant without a warning.
`

async function confirmed(stores: readonly Store[], { yes, remove }: TrustOptions, surroundings: TrustSurroundings) {
  const { terminal, confirm } = surroundings
  terminal.write('What will be run:\n')
  for (const command of stores.flatMap((store) => (remove ? store.remove : store.add))) {
    terminal.write(`  ${command.map(spelled).join(' ')}\n`)
  }
  if (yes) return
  if (confirm === null) {
    throw new Failure(exitCodes.usage, 'trust asks first, and there is no terminal', 'give --yes if you mean it')
  }
  if (!(await confirm(remove ? 'Take the trust back?' : 'Trust it?'))) {
    throw new Failure(exitCodes.conflict, 'nothing was changed', 'answer yes, or give --yes')
  }
}

function change({ name, add, remove: undo }: Store, { remove }: TrustOptions, surroundings: TrustSurroundings): void {
  const { terminal, environment } = surroundings
  for (const command of remove ? undo : add) {
    const { status, stderr, error } = execute(command, environment)
    if (status === 0) continue
    const said = (error?.message ?? stderr.trim().split('\n').at(-1) ?? '').slice(0, 300)
    const why = `${name} was not changed: ${command.map(spelled).join(' ')} failed (${said || `code ${status}`})`
    throw new Failure(exitCodes.unexpected, why, 'mend what it names and run it again; what is done already stays')
  }
  terminal.write(`✓ ${name}: ${remove ? 'trusts it no longer' : 'trusts it'}\n`)
}

function refuseWithoutCertutil(environment: NodeJS.ProcessEnv): void {
  if (execute(['certutil', '--help'], environment).error === undefined) return
  const next =
    'install it (Debian: libnss3-tools; Fedora: nss-tools; Arch: nss), or import ca.pem in the settings of the browser'
  throw new Failure(exitCodes.configuration, 'there is no certutil, which changes what browsers trust', next)
}

const succeeds = (command: Command, environment: NodeJS.ProcessEnv) => execute(command, environment).status === 0

const execute = ([file = '', ...args]: Command, env: NodeJS.ProcessEnv) =>
  spawnSync(file, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** As a shell would read it. */
const spelled = (word: string) => (/^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
