import { ControlRefusal } from './refusal.js'

/** The parts of a tenant that can be made to fail. */
export type Where = 'token' | 'keys' | 'discovery' | 'graph' | 'device' | 'sign-in'
export const places: readonly Where[] = ['token', 'keys', 'discovery', 'graph', 'device', 'sign-in']

export const faultStatuses = [429, 500, 503] as const
export type FaultStatus = (typeof faultStatuses)[number]

/** `hang`: no answer until the client goes. `reset`: the connection is cut. `slow`: the usual answer, late. */
export const faultActions = ['hang', 'reset', 'slow'] as const
export type FaultAction = (typeof faultActions)[number]

/** What shall go wrong. Either `status` or `action`, and at most one of `times` and `probability`; with neither, always. */
export interface FaultDefinition {
  readonly where: Where
  readonly status?: FaultStatus
  readonly action?: FaultAction
  /** How late the answer of a `slow` part is, in milliseconds. */
  readonly delayMs?: number
  /** Whole seconds for the `Retry-After` header of a refusal by `status`. */
  readonly retryAfter?: number
  /** For so many requests. */
  readonly times?: number
  /** For this share of the requests: more than 0, at most 1. */
  readonly probability?: number
}

export interface Fault extends FaultDefinition {
  readonly id: string
  /** Ends this fault; when it is over already, nothing happens. */
  remove(): void
}

/** The faults that a tenant's answers suffer. Kept in memory only. */
export interface Faults {
  /** Throws ControlRefusal for a definition that makes no sense. */
  add(definition: FaultDefinition): Fault
  /** The faults that are not used up, in the order in which they are tried. */
  list(): Fault[]
  clear(): void
}

export interface FaultSource extends Faults {
  /** The fault that the next request shall suffer, and counts it. */
  next(where: Where): FaultDefinition | undefined
}

const maxFaults = 100
const maxDelay = 600_000
const maxRetryAfter = 86_400

/** `random` gives numbers from 0 up to 1, `newId` an id for each fault. */
export function createFaults(random: () => number, newId: () => string): FaultSource {
  let active: { fault: Fault; left: number }[] = []
  return {
    add(definition) {
      check(definition)
      if (active.length >= maxFaults) throw invalid(`A tenant has at most ${maxFaults} faults: clear some first.`)
      const id = newId()
      const remove = () => {
        active = active.filter(({ fault }) => fault.id !== id)
      }
      const fault = { ...definition, id, remove }
      active.push({ fault, left: definition.times ?? Number.POSITIVE_INFINITY })
      return fault
    },
    list: () => active.map(({ fault, left }) => ({ ...fault, ...(fault.times === undefined ? {} : { times: left }) })),
    clear() {
      active = []
    },
    next(where) {
      if (active.length === 0) return undefined
      const found = active.find(
        ({ fault }) => fault.where === where && (fault.probability === undefined || random() < fault.probability),
      )
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left <= 0) found.fault.remove()
      return found.fault
    },
  }
}

/** What is wrong with a definition, by the condition that says so. */
const rules: readonly [wrong: (definition: FaultDefinition) => boolean, message: string][] = [
  [({ where }) => !places.includes(where), `'where' must be one of ${places.join(', ')}.`],
  [({ status, action }) => (status === undefined) === (action === undefined), "Give either 'status' or 'action'."],
  [
    ({ status }) => status !== undefined && !faultStatuses.includes(status),
    `'status' must be one of ${faultStatuses.join(', ')}.`,
  ],
  [
    ({ action }) => action !== undefined && !faultActions.includes(action),
    `'action' must be one of ${faultActions.join(', ')}.`,
  ],
  [
    ({ action, delayMs }) => (action === 'slow') !== (delayMs !== undefined),
    "'delayMs' belongs to the action 'slow', which needs it.",
  ],
  [({ delayMs }) => !isWhole(delayMs, 1, maxDelay), `'delayMs' must be 1 to ${maxDelay} milliseconds.`],
  [({ action, retryAfter }) => action !== undefined && retryAfter !== undefined, "'retryAfter' belongs to 'status'."],
  [({ retryAfter }) => !isWhole(retryAfter, 0, maxRetryAfter), `'retryAfter' must be 0 to ${maxRetryAfter} seconds.`],
  [({ times, probability }) => times !== undefined && probability !== undefined, "Give 'times' or 'probability'."],
  [({ times }) => !isWhole(times, 1, 1_000_000), "'times' must be a whole number from 1 to 1000000."],
  [({ probability = 1 }) => !(probability > 0 && probability <= 1), "'probability' must be more than 0 and at most 1."],
]

function check(definition: FaultDefinition): void {
  for (const [wrong, message] of rules) if (wrong(definition)) throw invalid(message)
}

function isWhole(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)
}

const invalid = (message: string) => new ControlRefusal('invalid_fault', message)
