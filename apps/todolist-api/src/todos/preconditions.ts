import { type Refusal, RequestRefused } from '../problem/problem.js'
import type { Expected, StoredTodo } from '../store/todo-store.js'

/** A strong entity tag (RFC 9110 §8.8.3): a to-do has exactly one body for each version. */
export function entityTag({ version }: StoredTodo): string {
  return `"${version}"`
}

/**
 * The version a change is meant for. `current` is asked only when the header names several. Throws RequestRefused: 428
 * without the header (RFC 6585 §3), 400 when it cannot be read, 412 when no tag in it can ever match.
 */
export async function readIfMatch(
  header: string | undefined,
  current: () => Promise<StoredTodo | undefined>,
): Promise<Expected> {
  if (header === undefined) throw new RequestRefused(conditionMissing)
  if (header.trim() === '*') return 'any'
  // Weak tags never match here (RFC 9110 §13.1.1).
  const versions = readTags(header).flatMap((tag) => versionOf(tag))
  const [only] = versions
  if (only === undefined) throw conditionFailed()
  if (versions.length === 1) return only
  const version = (await current())?.version
  return versions.find((candidate) => candidate === version) ?? only
}

/** Whether the client has this very version already; weak tags match too (RFC 9110 §13.1.2). */
export function matchesIfNoneMatch(header: string | undefined, stored: StoredTodo): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return readTags(header).some((tag) => tag.replace(/^W\//, '') === entityTag(stored))
}

export function conditionFailed(): RequestRefused {
  return new RequestRefused({
    status: 412,
    code: 'version_changed',
    detail: 'The to-do has another version than If-Match names: read it again, and repeat the change if it still fits.',
  })
}

const conditionMissing: Refusal = {
  status: 428,
  code: 'version_required',
  detail: 'Send the header If-Match with the ETag of the to-do you mean to change, or * to change whatever is there.',
}

const tag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/

function readTags(header: string): string[] {
  const tags = header.split(',').map((part) => part.trim())
  if (!tags.every((candidate) => tag.test(candidate))) {
    throw new RequestRefused({
      status: 400,
      code: 'invalid_condition',
      detail: 'If-Match and If-None-Match take entity tags in quotes, as in the ETag header, or *.',
    })
  }
  return tags
}

function versionOf(text: string): number[] {
  const [, digits] = /^"([1-9]\d{0,8})"$/.exec(text) ?? []
  return digits === undefined ? [] : [Number(digits)]
}
