import type { Caller } from './caller.js'

/** A token that was good, and when it is good without looking at it again: seconds since 1970, skew included. */
interface VerifiedToken<Scope extends string, Role extends string> {
  readonly token: string
  readonly tail: string
  readonly caller: Caller<Scope, Role>
  readonly generation: number
  readonly from: number
  readonly until: number
}

/** However long a token lives, it is looked at anew after this. */
const longestSeconds = 300
/** So that a thousand tokens of the largest size still fit: all texts together. */
const maxCharacters = 16_000_000
/** 240 bits of a signature tell tokens apart; hashing the whole text would cost four times as much. */
const tailCharacters = 40

/**
 * Tokens this verifier admitted. A token is found by the end of its signature and then compared whole, so what is found is the
 * very same text. Refusals are never kept. Bounded by count and by characters; the oldest makes room.
 */
export class VerifiedTokens<Scope extends string, Role extends string> {
  readonly #maxTokens: number
  readonly #byTail = new Map<string, VerifiedToken<Scope, Role>>()
  #characters = 0

  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens
  }

  /** The caller, unless the token is unknown, its keys have changed, or its time is not now, by a clock in seconds. */
  recall(token: string, generation: number, now: number): Caller<Scope, Role> | undefined {
    const found = this.#byTail.get(token.slice(-tailCharacters))
    if (found === undefined || found.token !== token) return undefined
    if (found.generation === generation && now >= found.from && now < found.until) return found.caller
    this.#forget(found)
    return undefined
  }

  /** `from` and `expires` are the first good and the first bad second, skew included. */
  keep(token: string, caller: Caller<Scope, Role>, generation: number, times: { now: number; expires: number }): void {
    if (this.#maxTokens === 0) return
    const tail = token.slice(-tailCharacters)
    const known = this.#byTail.get(tail)
    if (known !== undefined) this.#forget(known)
    // Good from now on, not from nbf: a clock that goes back looks at the token anew.
    const until = Math.min(times.expires, times.now + longestSeconds)
    this.#byTail.set(tail, { token, tail, caller, generation, from: times.now, until })
    this.#characters += token.length
    this.#makeRoom()
  }

  #makeRoom(): void {
    while (this.#byTail.size > this.#maxTokens || this.#characters > maxCharacters) {
      const { value: oldest } = this.#byTail.values().next()
      if (oldest === undefined) return
      this.#forget(oldest)
    }
  }

  #forget(entry: VerifiedToken<Scope, Role>): void {
    this.#byTail.delete(entry.tail)
    this.#characters -= entry.token.length
  }
}
