import { readFileSync } from 'node:fs'
import { Failure } from './failure.js'
import { run } from './run.js'

const stop = new AbortController()
// Once: a second signal meets Node's own handling and ends the process at once.
process.once('SIGINT', () => stop.abort(ended('interrupted', 'SIGINT')))
process.once('SIGTERM', () => stop.abort(ended('terminated', 'SIGTERM')))

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  userId: process.getuid?.(),
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  now: Date.now,
  random: Math.random,
  // Not imported above: loading node:crypto would make --help and --version wait.
  newId: () => process.getBuiltinModule('node:crypto').randomUUID(),
  packageJson: () => readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
})

function ended(exit: 'interrupted' | 'terminated', name: string): Failure {
  return new Failure(exit, {
    what: 'stopped',
    why: `the process received ${name}`,
    next: 'run the command again; it printed nothing',
  })
}
