import { randomUUID } from 'node:crypto'
import type { Answer, Call } from '../listener/call.js'
import { EntraError, refusal } from './aadsts.js'

/**
 * The only writer of the token service's errors. Layout as recorded since late 2023: the description is one line joined by
 * single spaces, `error_uri` stands only for codes with a public page (protocol as documented in
 * identity-platform/v2-oauth2-client-creds-grant-flow, section "error response").
 */
export function errorAnswer(error: unknown, call: Call, now: Date): Answer {
  const refused = error instanceof EntraError ? error : refusal('temporarilyUnavailable', {})
  const { code, suberror, lookup } = refused.row
  const traceId = randomUUID()
  const correlationId = call.correlationId ?? randomUUID()
  const timestamp = timestampOf(now)
  return {
    status: refused.status,
    headers: { ...noStore, 'x-ms-request-id': traceId },
    body: {
      error: refused.error,
      error_description: describeRefusal(refused, { traceId, correlationId, now }),
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      ...(suberror === undefined ? {} : { suberror }),
      ...(lookup === true ? { error_uri: `${call.origin}/error?code=${code}` } : {}),
    },
  }
}

/** The one line that says what was wrong, and by which it is found in a log. */
export function describeRefusal(
  { row, message }: EntraError,
  { traceId, correlationId, now }: { traceId: string; correlationId: string; now: Date },
): string {
  return `AADSTS${row.code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestampOf(now)}`
}

const timestampOf = (now: Date) => `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`

export const noStore = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }
