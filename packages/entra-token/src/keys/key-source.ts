import { KeysUnavailable, TokenRejected } from '../errors.js'
import { publishKeysRefresh, publishKeysStale } from '../events.js'
import type { KeySet, TrustedKey } from './key-set.js'

/** How the keys are, for a readiness probe and a log. Stale keys still verify; unusable ones do not. */
export interface KeyHealth {
  readonly state: 'fresh' | 'stale' | 'unusable'
  readonly keyCount: number
  readonly loadedAt: Date | null
  /** Grows whenever a load brought other keys than before; 0 until the first. */
  readonly generation: number
  /** Why the last attempt to load keys failed; null when it succeeded or there was none. For operators. */
  readonly lastFailure: { readonly at: Date; readonly reason: string } | null
}

export interface KeySourceParts {
  readonly load: (signal: AbortSignal) => Promise<KeySet>
  /** Keys of an earlier run and when they were loaded, or null when nothing of the kind can be used. */
  readonly saved?: () => Promise<{ readonly keys: KeySet; readonly at: number } | null>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
  /** Runs once after so many milliseconds unless the returned function is called; must not keep the process alive. */
  readonly after: (milliseconds: number, run: () => void) => () => void
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Microsoft advises about hourly; a tenth of jitter keeps a fleet from asking in step. */
const refreshEvery = hour
/** Keys that could not be refreshed for so long are no longer believed: one of them may have been withdrawn. */
const lastKnownGoodFor = 24 * hour
/** However many unknown `kid`s arrive, the provider is asked once per window. */
const unknownKidWindow = 30 * second
const longestBackOff = minute

/**
 * Keeps one tenant's keys: loads them when first asked, refreshes them in the background, once more when an unknown key is
 * named, and goes on with the last good ones while the provider is down. There is never more than one load under way.
 */
export class KeySource {
  readonly #parts: KeySourceParts
  readonly #closing = new AbortController()
  #good: { readonly keys: KeySet; readonly at: number } | null = null
  #failure: { readonly error: Error; readonly at: number } | null = null
  #failuresInARow = 0
  /** When the next load may start by itself. */
  #dueAt = Number.NEGATIVE_INFINITY
  #unknownKidAskedAt = Number.NEGATIVE_INFINITY
  #underWay: Promise<void> | null = null
  #cancelTimer = () => {}
  #generation = 0
  #savedRead = false

  constructor(parts: KeySourceParts) {
    this.#parts = parts
  }

  /** Resolves when there are usable keys. Throws KeysUnavailable; the source goes on trying in the background. */
  async ready(): Promise<void> {
    await this.#useSaved()
    if (this.#usable() === null) await this.#loadNow()
  }

  /** The key if it is at hand; otherwise ask {@link find}. */
  known(kid: string): TrustedKey | undefined {
    return this.#usable()?.get(kid)
  }

  /** Whether there are keys that are still believed. */
  usable(): boolean {
    return this.#usable() !== null
  }

  /** See {@link KeyHealth.generation}. */
  get generation(): number {
    return this.#generation
  }

  /** The issuers of the keys at hand. */
  issuers(): ReadonlySet<string> {
    const origins = [...(this.#usable()?.values() ?? [])].flatMap((key) => Object.values(key.origins))
    return new Set(origins.map(({ issuer }) => issuer))
  }

  /**
   * The key, without waiting for anybody. Throws as {@link find} does, KeysUnavailable also where only a load can tell; that
   * load is started.
   */
  findNow(kid: string): TrustedKey {
    const key = this.known(kid)
    if (key !== undefined) return key
    const settled = this.#usable() !== null && this.#underWay === null && this.#failure === null && this.#askedLately()
    if (settled) throw new TokenRejected('unknown_key', unknownKeyHint)
    this.find(kid).catch(() => {})
    throw this.#unavailable(this.#failure?.error ?? new Error('The key is not at hand yet; it is being asked for.'))
  }

  /** Throws KeysUnavailable when nobody can know the key now, TokenRejected when the tenant does not have it. */
  async find(kid: string): Promise<TrustedKey> {
    await this.#useSaved()
    if (this.#usable() === null) await this.#loadNow()
    else await this.#lookAgain(kid)
    const key = this.known(kid)
    if (key !== undefined) return key
    if (this.#failure !== null) throw this.#unavailable(this.#failure.error)
    throw new TokenRejected('unknown_key', unknownKeyHint)
  }

  health(): KeyHealth {
    const usable = this.#usable() !== null
    const overdue = this.#good !== null && this.#parts.now() - this.#good.at > 2 * refreshEvery
    return {
      state: usable ? (overdue || this.#failure !== null ? 'stale' : 'fresh') : 'unusable',
      keyCount: this.#good?.keys.size ?? 0,
      loadedAt: this.#good && new Date(this.#good.at),
      generation: this.#generation,
      lastFailure: this.#failure && { at: new Date(this.#failure.at), reason: this.#failure.error.message },
    }
  }

  /** Stops loading. Keys at hand go on verifying until they are too old. */
  close(): void {
    this.#closing.abort()
    this.#cancelTimer()
  }

  /** Also notices an overdue refresh: on a machine that slept, the timer counts on where it was. */
  #usable(): KeySet | null {
    const now = this.#parts.now()
    if (this.#good !== null && now >= this.#dueAt) void this.#refresh()
    return this.#good !== null && now - this.#good.at <= lastKnownGoodFor ? this.#good.keys : null
  }

  /** Before the first load only; a load that came first wins. */
  async #useSaved(): Promise<void> {
    if (this.#good !== null || this.#parts.saved === undefined || this.#savedRead) return
    this.#savedRead = true
    const saved = await this.#parts.saved()
    const now = this.#parts.now()
    if (saved === null || this.#good !== null || saved.at > now || now - saved.at > lastKnownGoodFor) return
    this.#accept(saved.keys, saved.at)
  }

  #accept(keys: KeySet, at: number): boolean {
    const changed = this.#good === null || !areSame(this.#good.keys, keys)
    if (changed) this.#generation++
    this.#good = { keys, at }
    return changed
  }

  async #loadNow(): Promise<void> {
    const waiting = this.#failure !== null && this.#parts.now() < this.#dueAt
    if (this.#underWay !== null || !waiting) await keepingTheProcessAlive(this.#refresh())
    if (this.#usable() === null) throw this.#unavailable(this.#failure?.error ?? new Error('The key source is closed.'))
  }

  async #lookAgain(kid: string): Promise<void> {
    // A load that began before the key was published does not settle the question, so the window is looked at afterwards.
    if (this.#underWay !== null) await keepingTheProcessAlive(this.#underWay)
    if (this.known(kid) !== undefined) return
    if (this.#askedLately()) return
    this.#unknownKidAskedAt = this.#parts.now()
    await keepingTheProcessAlive(this.#refresh())
  }

  #askedLately(): boolean {
    const sinceAsked = this.#parts.now() - this.#unknownKidAskedAt
    return sinceAsked >= 0 && sinceAsked < unknownKidWindow
  }

  #refresh(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => {
      this.#underWay = null
    })
    return this.#underWay
  }

  async #load(): Promise<void> {
    if (this.#closing.signal.aborted) return
    try {
      this.#succeed(await this.#parts.load(this.#closing.signal))
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error('unknown reason'))
    }
  }

  #succeed(keys: KeySet): void {
    const changed = this.#accept(keys, this.#parts.now())
    this.#failure = null
    this.#failuresInARow = 0
    this.#scheduleNext(refreshEvery * (1 + this.#parts.random() / 10))
    publishKeysRefresh({ outcome: 'loaded', keyCount: keys.size, generation: this.#generation, changed })
  }

  #fail(error: Error): void {
    const now = this.#parts.now()
    this.#failure = { error, at: now }
    this.#scheduleNext(backOff(this.#failuresInARow++) * (0.8 + 0.4 * this.#parts.random()))
    const reason = error.message
    publishKeysRefresh({ outcome: 'failed', reason, failuresInARow: this.#failuresInARow })
    if (this.#good === null) return
    const ageMilliseconds = now - this.#good.at
    publishKeysStale({ ageMilliseconds, usable: ageMilliseconds <= lastKnownGoodFor, reason })
  }

  #scheduleNext(milliseconds: number): void {
    this.#cancelTimer()
    this.#dueAt = this.#parts.now() + milliseconds
    if (this.#closing.signal.aborted) return
    this.#cancelTimer = this.#parts.after(milliseconds, () => void this.#refresh())
  }

  #unavailable(cause: Error): KeysUnavailable {
    const wait = Math.ceil((this.#dueAt - this.#parts.now()) / second)
    // A clock that was set back must not send callers away for years.
    return new KeysUnavailable(Math.min(Math.max(wait, 1), longestBackOff / second), cause)
  }
}

const unknownKeyHint =
  'The token names a key that is not among the keys of the configured authority. It may come from another tenant, from the same tenant through another host, or be signed with keys of its own for one application.'

/** Same `kid`s, same keys, and the same said about them: what was verified with the one holds with the other. */
function areSame(one: KeySet, other: KeySet): boolean {
  if (one.size !== other.size) return false
  return [...one].every(([kid, { publicKey, origins }]) => {
    const match = other.get(kid)
    return match?.publicKey.equals(publicKey) === true && JSON.stringify(match.origins) === JSON.stringify(origins)
  })
}

function backOff(failuresBefore: number): number {
  return Math.min(second * 2 ** Math.min(failuresBefore, 10), longestBackOff)
}

/** Sockets and timers of this package are unreferenced; whoever waits for them is a reason to live. */
async function keepingTheProcessAlive(work: Promise<void>): Promise<void> {
  const hold = setInterval(() => {}, minute)
  try {
    await work
  } finally {
    clearInterval(hold)
  }
}
