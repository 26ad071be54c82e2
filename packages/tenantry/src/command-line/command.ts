/** One option of a command: how it stands in the help, and how what is written behind it becomes a value. */
export interface Option<T = unknown> {
  /** What stands for its value in the help, such as `number`; null for one that takes none. */
  readonly takes: string | null
  readonly summary: string
  /** The value when the option is not given. */
  readonly absent: T
  /** The value after one more time that the option is given. Throws a RangeError that says which values it takes. */
  read(text: string, before: T): T
}

/** Options by name; `apiPort` is written `--api-port`. */
export type Options = Readonly<Record<string, Option>>

export type Values<O extends Options> = { readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never }

/** What a command takes besides options. */
export interface Operands {
  /** How they stand in the help, for instance `<folder>`. */
  readonly takes: string
  /** Whether they are somebody else's words: all of them stand behind `--`, and there is at least one. */
  readonly behindDashes: boolean
  /** What is missing when there is none: `a program`. */
  readonly named: string
  /** The smallest good operands, for whoever gave none. */
  readonly example: string
  /** How many there may be. */
  readonly atMost: number
}

/** Something the program does. It takes options, and operands only where it says so. */
export interface Command<O extends Options = Options> {
  readonly name: string
  readonly summary: string
  readonly options: O
  readonly operands?: Operands
  /** Resolves to the exit code. */
  run(values: Values<O>, operands: readonly string[]): Promise<number>
}

/** Commands under one word: the program itself, or one of its commands that has commands of its own. */
export interface Group {
  readonly name: string
  readonly summary: string
  readonly commands: readonly (Command | Group)[]
}

/** A command whose `run` is given the values that its options read. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition
}

/** An option that is given or not. */
export const flag = (summary: string): Option<boolean> => ({ takes: null, summary, absent: false, read: () => true })

/** An option with a value; the last one counts. */
export function value<T, A = never>(
  takes: string,
  summary: string,
  absent: T | A,
  read: (text: string) => T,
): Option<T | A> {
  return { takes, summary, absent, read }
}

/** An option that may be given again and again. */
export function list(
  takes: string,
  summary: string,
  read: (text: string, before: readonly string[]) => string,
): Option<readonly string[]> {
  return { takes, summary, absent: [], read: (text, before) => [...before, read(text, before)] }
}

/** An option as it is written: `apiPort` is `--api-port`. */
export function writtenName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Options that have a letter too. */
export const shortNames: Readonly<Record<string, string>> = { output: 'o' }
