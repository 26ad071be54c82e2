import type { Application } from '../../graph/directory-objects.js'

/** What each section of an application is given. */
export interface SectionProps {
  readonly application: Application
  /** Fetches the application anew. */
  reload(): Promise<void>
  /** Changes what stands in `patch` and fetches the application anew. Throws Failure. */
  update(patch: object): Promise<void>
}
