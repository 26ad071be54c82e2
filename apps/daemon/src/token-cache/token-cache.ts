import type { TokenRecord } from '../token/token-record.js'

/**
 * Where tokens outlive the process or are shared by several. Nothing but `remove` ever rejects: a cache that cannot be reached, is damaged
 * or was written with another key is as good as an empty one.
 */
export interface TokenCache {
  read(key: string): Promise<TokenRecord | undefined>
  write(key: string, record: TokenRecord): Promise<void>
  /** Rejects with a `Failure` when the cache cannot be reached: somebody wants the token gone. */
  remove(key: string): Promise<void>
  /** The right to ask the tenant, for `ms` at most; undefined while another process has it. */
  lease(key: string, ms: number): Promise<Lease | undefined>
  /** Whether other processes may write at the same time. */
  isShared: boolean
  close(): Promise<void>
}

export interface Lease {
  release(): Promise<void>
}

export const freeLease: Lease = { release: () => Promise.resolve() }

/** Keeps nothing: the token source itself remembers its token as long as the process lives. */
export const noCache: TokenCache = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  lease: () => Promise.resolve(freeLease),
  isShared: false,
  close: () => Promise.resolve(),
}
