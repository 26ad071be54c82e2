import { readFileSync } from 'node:fs'
import { constants, homedir } from 'node:os'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import type { StandInOptions } from './adopt/todolist-api.js'
import { runCommandLine } from './command-line.js'
import { exitCodes } from './exit-codes.js'
import { Failure, failureLine, StepFailure } from './failure.js'
import { hostCommand } from './run/tenant-at-hand.js'
import { programName } from './spelling.js'

// The only file that knows there is a process.
const interruption = new AbortController()
const stopped = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated } as const
for (const [signal, code] of Object.entries(stopped)) {
  process.on(signal, () => {
    // The second time somebody means it.
    if (interruption.signal.aborted) process.exit(code)
    interruption.abort(code)
  })
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const { stderr, env: environment, argv } = process
const surroundings = { terminal: stderr, environment, signal: interruption.signal, now: () => performance.now() }
// Opened when something is written there, which `start` seldom does: it costs 3 ms.
const stdout = { write: (text: string) => process.stdout.write(text) }
const apps = {
  ...surroundings,
  stdout,
  get confirm() {
    return process.stdin.isTTY && stderr.isTTY ? confirm : null
  },
}
const running = {
  ...surroundings,
  onSignal,
  processId: process.pid,
  workingFolder: process.cwd(),
  startTodolistApi: async (options: StandInOptions) =>
    (await import('./adopt/todolist-api.js')).startTodolistApi(options, surroundings),
  platform: process.platform,
  self: [process.execPath, argv[1] ?? ''],
  interceptor: fileURLToPath(new URL('../../intercept.cjs', import.meta.url)),
  // Loaded when somebody has no roots in a file, and not before.
  builtInRoots: () => process.getBuiltinModule('node:tls').rootCertificates,
  get atTerminal() {
    return [0, 1, 2].some((descriptor) => isatty(descriptor))
  },
}
const trusting = {
  ...surroundings,
  platform: process.platform,
  get home() {
    return homedir()
  },
  get confirm() {
    return apps.confirm
  },
}
const diagnosing = { stdout, environment, workingFolder: process.cwd(), alive }

try {
  process.exitCode =
    argv[2] === hostCommand
      ? await hostRuns()
      : await runCommandLine(
          argv.slice(2),
          {
            up: async (options) => (await import('./up.js')).up(options, surroundings),
            start: async (options) => (await import('./start.js')).start(options, surroundings),
            portal: async (options) => (await import('./portal.js')).portal(options, { ...surroundings, stdout }),
            run: async ({ isolated, ...options }) =>
              endAs(
                isolated
                  ? await (await import('./run/isolated.js')).runIsolated(options, running)
                  : await (await import('./run/run.js')).run(options, running),
              ),
            adopt: async (options) =>
              (await import('./adopt/adopt.js')).adopt(options, { ...apps, self: running.self }),
            doctor: async (options) => (await import('./doctor/doctor.js')).doctor(options, diagnosing),
            trust: async (options) => (await import('./trust/trust.js')).trust(options, trusting),
            apps: {
              plan: async (options) => (await import('./apps/plan.js')).planApps(options, apps),
              apply: async (options) => (await import('./apps/apply.js')).applyApps(options, apps),
              status: async (options) => (await import('./apps/status.js')).statusOfApps(options, apps),
              rotateSecret: async (options) => (await import('./apps/rotate.js')).rotateSecretOfApp(options, apps),
              rotateCert: async (options) => (await import('./apps/rotate.js')).rotateCertificateOfApp(options, apps),
              destroy: async (options) => (await import('./apps/destroy.js')).destroyApps(options, apps),
              export: async (options) => (await import('./apps/export.js')).exportApps(options, apps),
              import: async (options) => (await import('./apps/import.js')).importApps(options, apps),
            },
          },
          { stdout, stderr, version, program: programName(environment) },
        )
} catch (error) {
  process.exitCode = await report(error)
}

async function hostRuns(): Promise<number> {
  const [data = '', port] = argv.slice(3)
  const starterGone = new Promise((resolve) => process.stdin.once('close', resolve).resume())
  // Who wanted to hear it may be gone.
  process.stdout.on('error', () => {})
  const { host } = await import('./run/host.js')
  return host({ data, port: Number(port) }, { stdout, starterGone, signal: interruption.signal })
}

/** Takes a program's place to the end: its last line is written, and nobody waits for what Node still would tidy up. */
async function exit(code: number): Promise<number> {
  await new Promise((resolve) => stderr.write('', resolve))
  process.exit(code)
}

function alive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch (error) {
    // Somebody else's process, which lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** From here on no signal ends this process: they are somebody else's, and afterwards nobody's. */
function onSignal(hear: (signal: NodeJS.Signals) => void): () => void {
  let heard = hear
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) {
    process.removeAllListeners(signal)
    process.on(signal, () => heard(signal))
  }
  return () => {
    heard = () => {}
  }
}

/** Ends as another program did: by the same signal, or with its code. */
async function endAs(ending: { readonly code: number } | { readonly signal: NodeJS.Signals }): Promise<number> {
  if ('code' in ending) return exit(ending.code)
  process.removeAllListeners(ending.signal)
  process.kill(process.pid, ending.signal)
  return 128 + constants.signals[ending.signal]
}

async function report(error: unknown): Promise<number> {
  const { signal } = interruption
  if (signal.aborted) return signal.reason as number
  const failure = error instanceof StepFailure || error instanceof Failure ? error : await explain(error)
  // A step has written its own line.
  if (!(failure instanceof StepFailure)) stderr.write(failureLine(failure))
  if (argv.includes('--verbose') && failure.cause instanceof Error) stderr.write(`${failure.cause.stack}\n`)
  return failure.exitCode
}

/** Loaded only here: what knows all failures loads the tenant too, which the help does not need. */
async function explain(error: unknown): Promise<Failure> {
  const { toFailure } = await import('./known-failures.js')
  return toFailure(error)
}

async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: stderr })
  try {
    const answer = await terminal.question(`${question} Type yes: `, { signal: interruption.signal })
    return answer.trim() === 'yes'
  } finally {
    terminal.close()
  }
}
