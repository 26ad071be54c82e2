import type { Guid } from '../guid.js'

/** Which to-dos of those within reach a list is about. */
export interface Filter {
  readonly owner: Guid | undefined
  /** In lower case. */
  readonly text: string | undefined
}
