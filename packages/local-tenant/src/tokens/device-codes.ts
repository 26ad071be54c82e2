import { randomBytes, randomInt } from 'node:crypto'

/** What a device asked for, until somebody has decided on it and the device has fetched the decision. */
export interface DeviceCodes {
  add(request: DeviceRequest): { deviceCode: string; userCode: string }
  /** The request that waits for a person who has this code before their eyes; letter case and separators do not matter. */
  findByUserCode(userCode: string): WaitingDevice | undefined
  /** What a device that asks again is told. An approval is handed out once. */
  poll(deviceCode: string, clientId: string): DevicePoll
}

export interface DeviceRequest {
  readonly clientId: string
  readonly scope: string
}

export interface WaitingDevice extends DeviceRequest {
  /** `byCode`: the user has signed in with a code that came by mail. */
  approve(userId: string, options?: { byCode: boolean }): void
  decline(): void
}

export type DevicePoll =
  | {
      readonly state: 'approved'
      readonly userId: string
      readonly scope: string
      readonly authenticated: number
      readonly byCode: boolean
    }
  | { readonly state: 'pending' | 'too_fast' | 'declined' | 'expired' | 'unknown' }

/** Seconds (identity-platform/v2-oauth2-device-code). */
export const deviceCodeLifetime = 900
export const pollingInterval = 5

interface Entry extends DeviceRequest {
  readonly userCode: string
  readonly expires: number
  decision: { userId: string; authenticated: number; byCode: boolean } | 'declined' | null
  /** By a clock that nobody sets. */
  lastPoll: number | null
}

/** A device is told that its code is expired for as long as the code was good. */
const keptFor = 2 * deviceCodeLifetime * 1_000
const capacity = 10_000

/**
 * Kept in memory: none outlives fifteen minutes. `now` is the tenant's clock, by which codes expire; `elapsed` one that nobody
 * sets, by which a device asks too often.
 */
export function createDeviceCodes(now: () => Date, elapsed: () => number): DeviceCodes {
  const entries = new Map<string, Entry>()

  function forgetOld(): void {
    const time = now().getTime()
    for (const [deviceCode, entry] of entries) {
      const over = time >= entry.expires - deviceCodeLifetime * 1_000 + keptFor
      if (over || entries.size >= capacity) entries.delete(deviceCode)
      else return
    }
  }

  const isOver = ({ expires }: Entry) => now().getTime() >= expires

  return {
    add({ clientId, scope }) {
      forgetOld()
      const deviceCode = randomBytes(48).toString('base64url')
      const userCode = newUserCode([...entries.values()])
      const expires = now().getTime() + deviceCodeLifetime * 1_000
      entries.set(deviceCode, { clientId, scope, userCode, expires, decision: null, lastPoll: null })
      return { deviceCode, userCode }
    },
    findByUserCode(text) {
      const userCode = text.replaceAll(/[\s-]/g, '').toUpperCase()
      const entry = [...entries.values()].find((candidate) => candidate.userCode === userCode)
      if (entry === undefined || entry.decision !== null || isOver(entry)) return undefined
      return {
        clientId: entry.clientId,
        scope: entry.scope,
        approve(userId, { byCode } = { byCode: false }) {
          entry.decision = { userId, authenticated: now().getTime(), byCode }
        },
        decline() {
          entry.decision = 'declined'
        },
      }
    },
    poll(deviceCode, clientId) {
      const entry = entries.get(deviceCode)
      if (entry === undefined || entry.clientId !== clientId) return { state: 'unknown' }
      if (isOver(entry)) return { state: 'expired' }
      const { decision, lastPoll, scope } = entry
      entry.lastPoll = elapsed()
      if (decision === null) {
        // Half an interval of grace: a device that keeps the interval is never too fast because of the network.
        const tooFast = lastPoll !== null && entry.lastPoll - lastPoll < pollingInterval * 500
        return { state: tooFast ? 'too_fast' : 'pending' }
      }
      entries.delete(deviceCode)
      return decision === 'declined' ? { state: 'declined' } : { state: 'approved', scope, ...decision }
    },
  }
}

/** Letters and digits that nobody takes for one another, nine of them as the real service shows (RFC 8628 §6.1). */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

function newUserCode(taken: readonly Entry[]): string {
  for (;;) {
    const userCode = Array.from({ length: 9 }, () => alphabet[randomInt(alphabet.length)]).join('')
    if (taken.every((entry) => entry.userCode !== userCode)) return userCode
  }
}
