import { Readable, Writable } from 'node:stream'
import { run } from '../../src/run-command.js'
import type { World } from '../../src/world.js'
import type { Ended } from './daemon-process.js'

/** Runs a command without a process of its own, where a test needs another clock, name server or terminal. */
export async function runHere(
  argv: readonly string[],
  world: Partial<World> & { terminal?: boolean } = {},
): Promise<Ended> {
  const output = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          output[name] += String(chunk)
          done()
        },
      }),
      { isTTY: world.terminal ?? false, columns: 120 },
    )
  const code = await run(argv, {
    env: {},
    cwd: '/',
    userId: undefined,
    operatingSystem: () => ({ platform: 'linux', home: '/nowhere' }),
    stdin: () => Readable.from([]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    signal: new AbortController().signal,
    onReload: () => () => undefined,
    onCrash: () => undefined,
    now: Date.now,
    random: () => 0,
    newId: () => '0f0e0d0c-0b0a-4908-8706-050403020100',
    packageJson: () => '{"version":"1.2.3"}',
    nodeVersion: '20.20.2',
    ...world,
  })
  return { code, ...output }
}
