/** A token as it is kept. Times are milliseconds since 1970. */
export interface TokenRecord {
  /** Never empty. */
  token: string
  obtainedAt: number
  /** From here on a newer one is worth asking for. */
  renewAt: number
  expiresAt: number
}

/** What the token endpoint said about the life of a token, in seconds. */
export interface TokenLife {
  expiresIn: number
  /** Entra's advice for long-lived tokens. */
  refreshIn: number | undefined
}

/**
 * A record whose renewal is spread over time, so that a fleet does not ask at once: at the advice of the tenant and up
 * to a tenth of the rest later, or without advice between 75 and 85 % of the token's life.
 */
export function recordOf(token: string, life: TokenLife, obtainedAt: number, random: () => number): TokenRecord {
  const { expiresIn, refreshIn } = life
  const isAdvised = refreshIn !== undefined && refreshIn > 0 && refreshIn < expiresIn
  const after = isAdvised ? refreshIn + (expiresIn - refreshIn) * 0.1 * random() : expiresIn * (0.75 + 0.1 * random())
  return { token, obtainedAt, renewAt: obtainedAt + after * 1000, expiresAt: obtainedAt + expiresIn * 1000 }
}

// What is sent now has to arrive and be checked before the token ends.
const transitMs = 5_000

export function isUsable(record: TokenRecord | undefined, now: number): record is TokenRecord {
  return record !== undefined && record.expiresAt - transitMs > now
}
