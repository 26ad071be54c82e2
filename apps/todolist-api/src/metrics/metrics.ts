import type { KeyHealth } from '@tenantry/entra-token'
import { Counter, gauge, Histogram } from './instruments.js'

/** What the process says of itself at this moment. */
export interface Vitals {
  readonly keys: KeyHealth
  readonly now: Date
  readonly residentBytes: number
}

/** The figures of one API process. Labels are routes, methods, codes and operations, never who called. */
export class Metrics {
  readonly requests = new Histogram(
    'http_request_duration_seconds',
    'From the header of a request to the end of its answer.',
    ['method', 'route', 'status'],
  )
  readonly refusals = new Counter(
    'http_refusals_total',
    'Answers with problem details, by code; token_* and key codes included.',
    ['code'],
  )
  readonly store = new Histogram('store_operation_duration_seconds', 'How long the store took.', ['operation'])
  readonly storeFailures = new Counter('store_failures_total', 'Operations of the store that failed.', ['operation'])
  readonly tokens = new Counter('tokens_verified_total', 'Good tokens; from memory those seen before.', ['from'])
  readonly keyLoads = new Counter('signing_keys_loads_total', 'Attempts to fetch the signing keys.', ['outcome'])

  /** Prometheus's text. */
  text({ keys, now, residentBytes }: Vitals): string {
    const age = keys.loadedAt === null ? Number.NaN : (now.getTime() - keys.loadedAt.getTime()) / 1000
    const lines = [
      ...this.requests.lines(),
      ...this.refusals.lines(),
      ...this.store.lines(),
      ...this.storeFailures.lines(),
      ...this.tokens.lines(),
      ...this.keyLoads.lines(),
      ...gauge('signing_keys', 'Keys of the tenant to check tokens with.', keys.keyCount),
      ...gauge('signing_keys_age_seconds', 'Since the keys were fetched.', age),
      ...gauge(
        'signing_keys_fresh',
        '1 while the last attempt to fetch them did not fail.',
        keys.lastFailure === null ? 1 : 0,
      ),
      ...gauge('process_resident_memory_bytes', 'Resident memory.', residentBytes),
    ]
    return `${lines.join('\n')}\n`
  }
}
