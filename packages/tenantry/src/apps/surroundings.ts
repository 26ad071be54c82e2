import type { Terminal } from '../steps.js'
import type { Surroundings } from '../up.js'

export interface AppsSurroundings extends Surroundings {
  /** For data; what is for a person goes to `terminal`. */
  readonly stdout: Terminal
  /** Asks the person at the terminal; null when there is none. */
  readonly confirm: ((question: string) => Promise<boolean>) | null
}
