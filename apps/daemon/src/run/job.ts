import type { FileFormat } from '../transfer/file-format.js'

/** What a job does each time. Files are absolute paths. */
export type Action =
  | { kind: 'export'; file: string; format: FileFormat; owner: string | undefined }
  | { kind: 'sync'; file: string; format: FileFormat; owner: string | undefined }
  | { kind: 'cleanup'; contains: string; owner: string | undefined }

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
