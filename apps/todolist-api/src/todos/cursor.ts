import { createHash } from 'node:crypto'
import type { Caller } from '@tenantry/entra-token'
import { RequestRefused } from '../problem/problem.js'
import type { Filter } from './filter.js'

/**
 * Where the next page begins, as text that is good for this caller and this filter only. It is not signed: a forged one
 * gives away nothing, because what a caller may see is decided anew for each page. So any process can read it.
 */
export function writeCursor(after: number, caller: Caller, filter: Filter): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(after))
  return Buffer.concat([bytes, binding(caller, filter)]).toString('base64url')
}

/** The id after which the page begins. Throws RequestRefused (400). */
export function readCursor(text: string, caller: Caller, filter: Filter): number {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 16 || bytes.toString('base64url') !== text) throw badCursor('is not one of this API')
  if (!bytes.subarray(8).equals(binding(caller, filter))) throw badCursor('belongs to another caller or another filter')
  const after = Number(bytes.readBigUInt64BE())
  if (!Number.isSafeInteger(after)) throw badCursor('is not one of this API')
  return after
}

function binding({ tenantId, objectId, clientId }: Caller, { owner, text }: Filter): Buffer {
  const facts = JSON.stringify([tenantId, objectId, clientId, owner ?? null, text ?? null])
  return createHash('sha256').update(facts).digest().subarray(0, 8)
}

function badCursor(why: string): RequestRefused {
  const detail = `The parameter cursor ${why}: follow the Link header of the page before, or leave it out to begin anew.`
  return new RequestRefused({ status: 400, code: 'invalid_cursor', detail })
}
