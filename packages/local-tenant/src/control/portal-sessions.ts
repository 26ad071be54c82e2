import { createHash, randomBytes } from 'node:crypto'

/** Who may use the portal. In memory only: codes and tokens end with the process. */
export interface PortalSessions {
  /** A code that opens one session. */
  newLink(): { readonly code: string; readonly expiresInSeconds: number }
  /** The token of a new session; undefined for a code that was used, is too old or never was. */
  open(code: string): string | undefined
  has(token: string): boolean
  close(token: string): void
}

const linkSeconds = 300
const sessionSeconds = 12 * 3_600
/** Of each kind; the oldest makes room. */
const most = 100

/** `elapsed` gives milliseconds of a clock that nobody sets. */
export function createPortalSessions(elapsed: () => number): PortalSessions {
  const links = createTickets(elapsed, linkSeconds)
  const sessions = createTickets(elapsed, sessionSeconds)
  return {
    newLink: () => ({ code: links.make(), expiresInSeconds: linkSeconds }),
    open: (code) => (links.take(code) ? sessions.make() : undefined),
    has: (token) => sessions.has(token),
    close: (token) => void sessions.take(token),
  }
}

/** Random texts that are good for a while. They are kept as hashes: how long a look-up takes tells nothing about the text. */
function createTickets(elapsed: () => number, seconds: number) {
  const ends = new Map<string, number>()
  const has = (ticket: string) => (ends.get(hash(ticket)) ?? 0) > elapsed()
  return {
    has,
    make(): string {
      const [oldest] = ends.keys()
      if (ends.size >= most && oldest !== undefined) ends.delete(oldest)
      const ticket = randomBytes(32).toString('base64url')
      ends.set(hash(ticket), elapsed() + seconds * 1_000)
      return ticket
    },
    take(ticket: string): boolean {
      const good = has(ticket)
      ends.delete(hash(ticket))
      return good
    },
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64')
