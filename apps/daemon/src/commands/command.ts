import type { Layer } from '../configuration.js'
import type { ExitName } from '../exit-codes.js'
import type { Failure } from '../failure.js'
import type { Reporter } from '../reporter.js'
import type { Session, SessionManner } from '../session.js'
import type { World } from '../world.js'

/** An option of the command line. Its name means the same for every command that takes it. */
export interface Option {
  /** What stands for the value in the help text; without it the option takes none. */
  value?: string
  /** One letter that may be written with a single dash. */
  short?: string
  /** The only values it takes. */
  choices?: readonly string[]
  summary: string
}

export interface Positional {
  name: string
  required: boolean
  choices?: readonly string[]
}

/** One row of the command table. */
export interface Command {
  /** The words that call it, for instance `todos list`. */
  name: string
  summary: string
  positionals?: readonly Positional[]
  options?: Readonly<Record<string, Option>>
  /** Its name after `--op`, as Microsoft's tutorial writes it. */
  operation?: string
  /** The deadline where no --timeout is given; 30 without it. */
  timeoutSeconds?: number
  /** Loads the code of the command, so that help and other commands need not. */
  load: () => Promise<Perform>
}

export type Perform = (call: Call) => Promise<Result>

export interface Result {
  /** What is printed in the format of --output; undefined prints nothing. */
  value: unknown
  /** Printed instead where --output is not given. */
  text?: string
  /** Another end than success, without a failure line. */
  exit?: ExitName
  /** Told on stderr after the value was printed; decides about the exit code. */
  failure?: Failure
}

/** What a command works with. */
export interface Call {
  /** As written after the command's words; required ones are there. */
  positionals: readonly string[]
  options: ReadonlyMap<string, string>
  /** Called as `--op <operation>`: never asks anything. */
  legacy: boolean
  world: World
  reporter: Reporter
  /** Fires at the deadline of the command and when the world says so; its reason is a `Failure`. */
  signal: AbortSignal
  correlationId: string
  /** The value of --timeout, or the command's own. */
  timeoutMs: number
  /** The origins of settings, the strongest first. Throws a `configuration` failure for a file that cannot be used. */
  layers(): Promise<Layer[]>
  timeLeftMs(): number
  /** Reads the settings and gives `work` what it needs to call the API. */
  inSession<T>(work: (session: Session) => Promise<T>, manner?: SessionManner): Promise<T>
}
