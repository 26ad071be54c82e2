import assert from 'node:assert/strict'
import { guidPattern, type Json, object, type Reply } from '../https-client.js'

/** Checks a refusal of Graph in full: status, code, message and the members that every one has. */
export function assertRefused(reply: Reply, status: number, code: string, message: string, details?: Json[]): void {
  const { error } = reply.body
  const { innerError, ...rest } = object(error)
  assert.deepEqual(
    { status: reply.status, ...rest },
    { status, code, message, ...(details === undefined ? {} : { details }) },
    reply.text,
  )
  assert.deepEqual(Object.keys(reply.body), ['error'])
  const inner = object(innerError)
  assert.deepEqual(Object.keys(inner), ['date', 'request-id', 'client-request-id'])
  assert.match(String(inner['date']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  assert.match(String(inner['request-id']), guidPattern)
  assert.match(String(inner['client-request-id']), guidPattern)
  assert.equal(reply.headers['request-id'], inner['request-id'])
  assert.equal(reply.headers['client-request-id'], inner['client-request-id'])
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
}

export const notFoundText = (name: string) =>
  `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`
