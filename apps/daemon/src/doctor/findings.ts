import type { Configuration } from '../configuration.js'
import type { ExitName } from '../exit-codes.js'
import type { Failure } from '../failure.js'
import type { JsonObject } from '../outside-text.js'
import type { Session } from '../session.js'
import type { ExplainedToken } from '../token-claims.js'
import type { Answer } from '../transport/transport.js'

/** How something that was tried ended. */
export type Tried<T> = { value: T } | { failure: Failure }

export interface ProxyFinding {
  /** The variable that names it, for instance `HTTPS_PROXY`. */
  variable: string
  address: URL
  reachable: boolean
  /** Hosts of ours that go through it. */
  hosts: readonly string[]
}

/** What was found out before anything is judged. */
export interface Findings {
  configuration: Configuration
  platform: string
  /** By the clock of this machine, milliseconds since 1970. */
  now: number
  /** Host names and whether they lead to an address. */
  names: readonly { host: string; setting: string; found: Tried<string> }[]
  proxy: ProxyFinding | undefined
  /** The discovery document, asked for without any credential. */
  authority: Tried<Answer>
  /** The API, asked without a token. */
  api: Tried<Answer>
  /** The parsed discovery document when it is a JSON object. */
  discovery: JsonObject | undefined
  /** The credential that was tried last, or why there is none; undefined when the tenant was not asked. */
  credential: ReturnType<Session['lastCredential']>
  /** undefined when the authority could not be asked. */
  token: Tried<{ explained: ExplainedToken | undefined }> | undefined
  /** The number of to-dos in a page of one; undefined without a token. */
  list: Tried<number> | undefined
}

export interface Verdict {
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  detail: string
  /** What mends it. */
  fix?: string
  /** The exit code's name of a failed check. */
  exit?: ExitName
  ids?: readonly string[]
}
