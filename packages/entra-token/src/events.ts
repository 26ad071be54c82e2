import { channel } from 'node:diagnostics_channel'
import type { EntraTokenError, EntraTokenErrorCode } from './errors.js'
import type { Caller } from './token/caller.js'

/** The names to subscribe to with node:diagnostics_channel. */
export const channelNames = {
  verified: 'entra-token.verified',
  rejected: 'entra-token.rejected',
  keysRefresh: 'entra-token.keys.refresh',
  keysStale: 'entra-token.keys.stale',
} as const

/** A token was good. */
export interface VerifiedEvent {
  readonly caller: Caller
  /** It was seen before and answered from memory. */
  readonly cached: boolean
}

/** A request was refused, whatever the reason. The hint is for operators: it may quote signed claims, never the token. */
export interface RejectedEvent {
  readonly status: number
  readonly code: EntraTokenErrorCode
  readonly message: string
  readonly hint: string | undefined
}

/** Keys were loaded, or an attempt failed. */
export type KeysRefreshEvent =
  | { readonly outcome: 'loaded'; readonly keyCount: number; readonly generation: number; readonly changed: boolean }
  | { readonly outcome: 'failed'; readonly reason: string; readonly failuresInARow: number }

/** An attempt to refresh failed; the keys at hand, so many milliseconds old, go on verifying, or are too old for it. */
export interface KeysStaleEvent {
  readonly ageMilliseconds: number
  readonly usable: boolean
  readonly reason: string
}

const channels = {
  verified: channel(channelNames.verified),
  rejected: channel(channelNames.rejected),
  keysRefresh: channel(channelNames.keysRefresh),
  keysStale: channel(channelNames.keysStale),
}

export function publishVerified(caller: Caller, cached: boolean): void {
  if (channels.verified.hasSubscribers) channels.verified.publish({ caller, cached } satisfies VerifiedEvent)
}

export function publishRejected({ status, code, message, hint }: EntraTokenError): void {
  if (!channels.rejected.hasSubscribers) return
  channels.rejected.publish({ status, code, message, hint } satisfies RejectedEvent)
}

export function publishKeysRefresh(event: KeysRefreshEvent): void {
  channels.keysRefresh.publish(event)
}

export function publishKeysStale(event: KeysStaleEvent): void {
  channels.keysStale.publish(event)
}
