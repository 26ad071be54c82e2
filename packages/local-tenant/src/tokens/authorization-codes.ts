import { hashOpaque, newOpaque } from './one-way.js'

/** What a user signed in for, until the client fetches its tokens. */
export interface CodeContent {
  readonly clientId: string
  readonly clientKind: 'web' | 'spa' | 'native'
  readonly redirectUri: string
  readonly scope: string
  readonly userId: string
  readonly sessionId: string
  /** The user has signed in with a code that came by mail. */
  readonly byCode: boolean
  readonly nonce: string | undefined
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined
}

export type CodeLookup =
  | { readonly state: 'good'; readonly content: CodeContent; redeem(): void }
  | { readonly state: 'redeemed' | 'expired' | 'unknown' }

export interface AuthorizationCodes {
  add(content: CodeContent): string
  /** A code of another client is unknown. It stays good until `redeem` is called: who asks may not have proved itself yet. */
  find(code: string, clientId: string): CodeLookup
}

/** Ten minutes (identity-platform/v2-oauth2-auth-code-flow). */
const lifetime = 600_000
/** A used or old code is recognised for as long again. */
const keptFor = 2 * lifetime
const capacity = 10_000

/** Kept in memory: none outlives ten minutes. */
export function createAuthorizationCodes(now: () => Date): AuthorizationCodes {
  const entries = new Map<string, { content: CodeContent; issued: number; redeemed: boolean }>()

  function forgetOld(): void {
    const time = now().getTime()
    for (const [hash, { issued }] of entries) {
      if (time < issued + keptFor && entries.size < capacity) return
      entries.delete(hash)
    }
  }

  return {
    add(content) {
      forgetOld()
      const code = newOpaque()
      entries.set(hashOpaque(code), { content, issued: now().getTime(), redeemed: false })
      return code
    },
    find(code, clientId) {
      const entry = entries.get(hashOpaque(code))
      if (entry === undefined || entry.content.clientId !== clientId) return { state: 'unknown' }
      if (entry.redeemed) return { state: 'redeemed' }
      if (now().getTime() >= entry.issued + lifetime) return { state: 'expired' }
      return {
        state: 'good',
        content: entry.content,
        redeem() {
          entry.redeemed = true
        },
      }
    },
  }
}
