import type { Caller } from './caller.js'

/** A token that was good, and when it is good without looking at it again: seconds since 1970, skew included. */
interface VerifiedToken<Scope extends string, Role extends string> {
  readonly token: string
  readonly mark: number
  readonly caller: Caller<Scope, Role>
  readonly generation: number
  readonly from: number
  readonly until: number
}

/** However long a token lives, it is looked at anew after this. */
const longestSeconds = 300
/** So that a thousand tokens of the largest size still fit: all texts together. */
const maxCharacters = 16_000_000

/**
 * Tokens this verifier admitted twice. A token is found by a few characters of its signature and then compared whole, so what is
 * found is the very same text. Refusals are never kept. Bounded by count and by characters; the oldest makes room.
 */
// Of a token admitted once a mark stays, and no more: where every request brings a token of its own, keeping them would cost a tenth
// of each request, and push out those that come again.
export class VerifiedTokens<Scope extends string, Role extends string> {
  readonly #maxTokens: number
  readonly #byMark = new Map<number, VerifiedToken<Scope, Role>>()
  readonly #seenOnce: Int32Array
  #marks = 0
  #characters = 0

  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens
    this.#seenOnce = new Int32Array(Math.max(maxTokens, 1))
  }

  /** The caller, unless the token is unknown, its keys have changed, or its time is not now, by a clock in seconds. */
  recall(token: string, generation: number, now: number): Caller<Scope, Role> | undefined {
    const found = this.#byMark.get(markOf(token))
    if (found === undefined || found.token !== token) return undefined
    if (found.generation === generation && now >= found.from && now < found.until) return found.caller
    this.#forget(found)
    return undefined
  }

  /**
   * Keeps a token that is given for the second time. `from` and `expires` are the first good and the first bad second, skew
   * included.
   */
  keep(token: string, caller: Caller<Scope, Role>, generation: number, times: { now: number; expires: number }): void {
    if (this.#maxTokens === 0) return
    const mark = markOf(token)
    if (!this.#isSecondTime(mark)) return
    const known = this.#byMark.get(mark)
    if (known !== undefined) this.#forget(known)
    // Good from now on, not from nbf: a clock that goes back looks at the token anew.
    const until = Math.min(times.expires, times.now + longestSeconds)
    this.#byMark.set(mark, { token, mark, caller, generation, from: times.now, until })
    this.#characters += token.length
    this.#makeRoom()
  }

  /**
   * Marks are forgotten together after as many tokens as could be kept: one that comes so seldom would be pushed out before it came
   * again.
   */
  #isSecondTime(mark: number): boolean {
    const place = (mark >>> 0) % this.#seenOnce.length
    if (this.#seenOnce[place] === mark) return true
    if (++this.#marks > this.#seenOnce.length) {
      this.#seenOnce.fill(0)
      this.#marks = 1
    }
    this.#seenOnce[place] = mark
    return false
  }

  #makeRoom(): void {
    while (this.#byMark.size > this.#maxTokens || this.#characters > maxCharacters) {
      const { value: oldest } = this.#byMark.values().next()
      if (oldest === undefined) return
      this.#forget(oldest)
    }
  }

  #forget(entry: VerifiedToken<Scope, Role>): void {
    this.#byMark.delete(entry.mark)
    this.#characters -= entry.token.length
  }
}

/**
 * 32 bits made of seven characters of the signature, which are as good as chance. The very last has fewer bits than the others. Two
 * tokens of one mark, one pair in four thousand million, push each other out. Hashing the whole text would cost ten times as much.
 */
function markOf(token: string): number {
  let mark = 1
  for (let at = token.length - 8; at < token.length - 1; at++) mark = Math.imul(mark, 0x01000193) ^ token.charCodeAt(at)
  return mark
}
