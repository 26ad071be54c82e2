import { readFileSync } from 'node:fs'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import { endingSignals, reloadSignal } from './operating-system.js'
import { run } from './run-command.js'

const stop = new AbortController()
// Once: a second signal meets Node's own handling and ends the process at once.
for (const [name, exit] of endingSignals(process.platform)) process.once(name, () => stop.abort(ended(exit, name)))

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  userId: process.getuid?.(),
  // node:os and node:crypto are not imported above: loading them would make --help and --version wait.
  operatingSystem: () => ({ platform: process.platform, home: process.getBuiltinModule('node:os').homedir() }),
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  onReload: (listener) => {
    const name = reloadSignal(process.platform)
    if (name === undefined) return () => undefined
    process.on(name, listener)
    return () => process.off(name, listener)
  },
  onCrash: (listener) => {
    process.on('uncaughtException', (error) => {
      listener(error)
      process.exit(exitCodes.unexpected.code)
    })
  },
  now: Date.now,
  random: Math.random,
  newId: () => process.getBuiltinModule('node:crypto').randomUUID(),
  packageJson: () => readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  nodeVersion: process.versions.node,
})

function ended(exit: 'interrupted' | 'terminated', name: string): Failure {
  return new Failure(exit, {
    what: 'stopped',
    why: `the process received ${name}`,
    next: 'run the command again; it printed nothing',
  })
}
