import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { portFailure } from '../known-failures.js'

/** The ToDoList API, running as a process of its own. */
export interface ApiProcess {
  /** Its address without a path, for instance `https://localhost:44351`. */
  readonly url: string
  /** Resolves when the process ends, whoever ended it. */
  readonly ended: Promise<unknown>
  stop(): Promise<void>
}

const entry = () => fileURLToPath(import.meta.resolve('@tenantry/todolist-api'))
const stopDeadline = 12_000

/** Adds the to-dos once in the life of the API's database; says whether this was the time. Throws Failure. */
export async function seedTodos(environment: NodeJS.ProcessEnv, todos: readonly object[]): Promise<boolean> {
  const child = spawn(process.execPath, [entry(), 'seed', '--name', 'tutorial'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const answer = collect(child.stdout)
  const complaints = collect(child.stderr)
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(todos))
  const code = await exitOf(child)
  if (code !== 0) throw apiFailure('seed', code, complaints())
  return (JSON.parse(answer()) as { applied: boolean }).applied
}

/** Starts the API and resolves when it answers. `log` is told what it writes to standard error. Throws Failure. */
export async function startApi(environment: NodeJS.ProcessEnv, log: (text: string) => void): Promise<ApiProcess> {
  // The channel tells when the API listens, and its end tells the API that we are gone, however that came about.
  const child = spawn(process.execPath, [entry(), 'serve'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const complaints = collect(child.stderr)
  const ended = exitOf(child)
  const url = await Promise.race([
    readiness(child),
    ended.then((code) => {
      // A port that is taken has an exit code of its own, so that nobody has to read the sentence.
      if (code === exitCodes.network) throw portFailure(Number(environment['PORT']), '--api-port', 'EADDRINUSE')
      throw apiFailure('serve', code, complaints())
    }),
  ])
  // What it said before it was ready may be a warning. That it listens is ours to say, and may arrive after its message.
  const relay = (text: string) => log(text.replace(/^.* listening on .*\n/m, ''))
  relay(complaints())
  child.stderr?.on('data', (chunk: Buffer) => relay(chunk.toString('utf8')))
  return { url, ended, stop: () => stop(child, ended) }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => {
    if (text.length < 65_536) text += chunk.toString('utf8')
  })
  return () => text
}

function readiness(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('url' in message)) return
      if (typeof message.url === 'string') resolve(message.url)
    })
  })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), stopDeadline)
  await ended
  clearTimeout(force)
}

function apiFailure(command: string, code: number | null, complaints: string): Failure {
  const said = complaints.trim().split('\n').slice(-3).join(' ').replaceAll('todolist-api: ', '')
  const why = said === '' ? `todolist-api ${command} ended with code ${code}` : said
  const next = 'move its database away if that is damaged, or choose another folder with --data'
  return new Failure(exitCodes.unexpected, why, next)
}
