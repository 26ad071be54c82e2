import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspaces.js'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What each stream of each program of this test file has printed, for the search for leaks at its end. */
export const printed: { text: string }[] = []

const running = new Set<ChildProcess>()

/** Ends whatever a test that failed has left running: it would keep the test run waiting for ever. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A new folder whose path has a space and a letter beyond ASCII in it. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tenantry jürney '))
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `node …` to its end. */
export async function node(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = start(args, options)
  const output = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output() }
}

/** `tenantry …` in a process of its own, without the checks of the clone that npm start makes first. */
export const tenantry = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  node([join(root, 'packages/tenantry/tenantry.cjs'), ...args], options)

/** A program that stays up. */
export interface Running {
  readonly child: ChildProcess
  readonly output: () => { stdout: string; stderr: string }
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

/** Starts `node …` and resolves when `awaited` has appeared on its standard error. */
export async function startNode(args: readonly string[], awaited: string, options: RunOptions = {}): Promise<Running> {
  const child = start(args, options)
  const output = collect(child)
  const closed = once(child, 'close') as Promise<[number | null]>
  const appeared = new Promise<void>((resolve) => {
    child.stderr?.on('data', () => {
      if (output().stderr.includes(awaited)) resolve()
    })
  })
  await Promise.race([
    appeared,
    closed.then(() => {
      throw new Error(`${args.join(' ')} ended before it printed «${awaited}»: ${output().stderr}`)
    }),
  ])
  return {
    child,
    output,
    async end(signal) {
      child.kill(signal)
      const [code] = await closed
      return { code, ...output() }
    },
  }
}

export const startTenantry = (args: readonly string[], awaited: string): Promise<Running> =>
  startNode([join(root, 'packages/tenantry/tenantry.cjs'), ...args], awaited)

function start(args: readonly string[], { cwd = root, env = {} }: RunOptions): ChildProcess {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** The environment of whoever runs the tests, without what would configure our programs. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, SystemRoot, LANG } = process.env
  return Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR, SystemRoot, LANG }).filter(([, value]) => value))
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const seen = { text: '' }
    printed.push(seen)
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      seen.text += chunk
    })
    return seen
  })
  return () => ({ stdout: stdout?.text ?? '', stderr: stderr?.text ?? '' })
}
