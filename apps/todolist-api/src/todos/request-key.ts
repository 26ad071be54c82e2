import { createHash } from 'node:crypto'
import type { Caller } from '@tenantry/entra-token'
import { RequestRefused } from '../problem/problem.js'
import type { RequestKey } from '../store/todo-store.js'
import type { NewTodo } from './todo.js'

/** The key of this request, undefined when the client sent none. Throws RequestRefused (400). */
export function readRequestKey(
  header: string | string[] | undefined,
  caller: Caller,
  route: string,
  { owner, description }: NewTodo,
): RequestKey | undefined {
  if (header === undefined) return undefined
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new RequestRefused({
      status: 400,
      code: 'invalid_idempotency_key',
      detail: 'The header Idempotency-Key must be 1 to 255 visible ASCII characters, for instance a GUID.',
    })
  }
  // Hashed, so that the store keeps neither who called nor what a client may have put into its key.
  const { tenantId, clientId, objectId } = caller
  return {
    key: digest([tenantId, clientId, objectId, route, header]),
    fingerprint: digest([owner, description]),
  }
}

export function keyReused(): RequestRefused {
  return new RequestRefused({
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was sent with another body in the last 24 hours: use a new key for a new to-do.',
  })
}

export function requestRunning(): RequestRefused {
  return new RequestRefused({
    status: 409,
    code: 'request_running',
    detail: 'A request with this Idempotency-Key is still under way: send it again in a moment to learn its outcome.',
    headers: { 'retry-after': '1' },
  })
}

function digest(facts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}
