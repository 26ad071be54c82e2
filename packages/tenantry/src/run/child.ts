import { spawn } from 'node:child_process'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'

/** How a program ended: with a code, or by a signal. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals }

/** Tells of each signal that this process is sent, from then on; returns how to stop that. */
export type OnSignal = (hear: (signal: NodeJS.Signals) => void) => () => void

export interface ChildOptions {
  readonly environment: NodeJS.ProcessEnv
  /** Whether the terminal sends its signals to the whole group, so that the program has them already. */
  readonly atTerminal: boolean
  readonly onSignal: OnSignal
}

/** Signals that a terminal sends to everything that runs in its foreground. */
const fromTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/** Runs a program with our own input and outputs and hands it the signals that we are sent. Throws a Failure when it cannot be started. */
export function runChild(command: readonly string[], options: ChildOptions): Promise<Ending> {
  const [file = '', ...args] = command
  const { environment, atTerminal, onSignal } = options
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env: environment })
    const silence = onSignal((signal) => {
      if (!atTerminal || !fromTerminal.includes(signal)) child.kill(signal)
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      silence()
      reject(notStarted(file, error))
    })
    child.once('exit', (code, signal) => {
      silence()
      resolve(signal === null ? { code: code ?? exitCodes.unexpected } : { signal })
    })
  })
}

function notStarted(file: string, cause: NodeJS.ErrnoException): Failure {
  const found = cause.code === 'ENOENT'
  const why = found ? `there is no program ${file}` : `${file} cannot be started (${cause.code ?? cause.message})`
  const next = found ? 'check its name, or give its path' : 'check that the file may be executed'
  return new Failure(found ? exitCodes.commandNotFound : exitCodes.commandNotExecutable, why, next, { cause })
}
