import { createHash, randomBytes } from 'node:crypto'

/** A text that nobody guesses, and under which nobody who reads our files finds it again. */
export function newOpaque(): string {
  return randomBytes(48).toString('base64url')
}

/** What is kept of such a text. It is random, so one plain hash guards it. */
export function hashOpaque(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
