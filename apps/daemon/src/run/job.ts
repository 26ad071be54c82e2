import type { FileFormat } from '../transfer/file-format.js'

/** What a job does each time. Files are absolute paths. */
export type Action =
  | { kind: 'export'; file: string; format: FileFormat; owner: string | undefined }
  | { kind: 'sync'; file: string; format: FileFormat; owner: string | undefined }
  | Cleanup

/** At least one of `contains` and `age` is there; a to-do has to meet both. */
export interface Cleanup {
  kind: 'cleanup'
  contains: string | undefined
  age: Age | undefined
  owner: string | undefined
  /** Nothing is deleted, only counted. */
  dryRun: boolean
}

/** How long a to-do has been seen unchanged, and the file that remembers since when each has. */
export interface Age {
  ms: number
  record: string
}

/** When it does it. An interval counts from 1970 on, so that all replicas mean the same moments. */
export type Timing = { kind: 'every'; ms: number } | { kind: 'cron'; pattern: string; timeZone: string }

export interface Job {
  /** Unique in one daemon; the same in all its replicas. */
  name: string
  timing: Timing
  /** A start is late by a random part of it. */
  jitterMs: number
  /** Whether what was missed, however often, is done once as soon as possible. */
  catchUp: 'once' | 'never'
  timeoutMs: number
  action: Action
}
