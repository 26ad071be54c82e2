import { type Layer, readConfiguration } from './configuration.js'
import { asFailure } from './failure.js'
import type { Reporter } from './reporter.js'
import { readSettingsFile } from './settings-files.js'
import type { AccessToken, TokenRequest } from './token/acquire-token.js'
import { createTransport } from './transport.js'
import type { World } from './world.js'

/** What a command works with: one configuration, one transport, one correlation id, one deadline. */
export interface Session extends TokenRequest {
  /**
   * An access token for the configured scope, never empty; the same one until it is about to expire. `claims` is what
   * a claims challenge asks for and brings a new token. `renew` asks for a new one because the old lacks something; a
   * token that is younger than a minute stays, because a new one would say the same.
   */
  accessToken(ask?: { claims?: string; renew?: boolean }): Promise<string>
  /** Milliseconds until the deadline of the command. */
  timeLeftMs(): number
  /** Resolves after so many milliseconds; rejects with the reason of the command's end. */
  wait(milliseconds: number): Promise<void>
  random: () => number
  newId: () => string
}

/** The frame of a command: when it must end, and under which id its requests go. */
export interface Frame {
  world: World
  reporter: Reporter
  signal: AbortSignal
  correlationId: string
  timeLeftMs(): number
}

/** Gives `work` a session whose requests end when the signal of the frame says so. */
export async function inSession<T>(
  layers: readonly Layer[],
  frame: Frame,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { signal, correlationId, reporter } = frame
  const configuration = readConfiguration(layers, readSettingsFile)
  reporter.conceal(configuration.clientSecret)
  const transport = createTransport({ extraRoots: configuration.extraRoots, signal })
  try {
    return await work(openSession({ configuration, transport, correlationId }, frame))
  } catch (error) {
    throw asFailure(error).withCorrelationId(correlationId)
  } finally {
    transport.close()
  }
}

function openSession(
  basis: Pick<Session, 'configuration' | 'transport' | 'correlationId'>,
  { world, reporter, signal, timeLeftMs }: Frame,
): Session {
  const progress = (text: string): void => reporter.progress(text)
  progress(`correlation id ${basis.correlationId}`)
  progress(`authority ${basis.configuration.authority.href}`)
  const acquire = async (claims?: string): Promise<AccessToken> => {
    // Loaded late: with it comes MSAL, the largest part of the program.
    const { acquireToken } = await import('./token/acquire-token.js')
    const acquired = await acquireToken({ ...basis, progress }, claims)
    reporter.conceal(acquired.token)
    progress(`token acquired, expires in ${Math.round((acquired.expiresOn.getTime() - world.now()) / 1000)} s`)
    return acquired
  }
  return {
    ...basis,
    progress,
    accessToken: keepToken(acquire, world.now),
    timeLeftMs,
    wait: (milliseconds) => pause(milliseconds, signal),
    random: world.random,
    newId: world.newId,
  }
}

/** How long before its end a token is no longer used. */
const spareMs = 60_000
const youngMs = 60_000

function keepToken(acquire: (claims?: string) => Promise<AccessToken>, now: () => number): Session['accessToken'] {
  let kept: { token: string; from: number; until: number } | undefined
  return async ({ claims, renew = false } = {}) => {
    const usable = kept !== undefined && now() < kept.until - spareMs
    const stays = usable && claims === undefined && !(renew && now() - (kept?.from ?? 0) >= youngMs)
    if (kept && stays) return kept.token
    const { token, expiresOn } = await acquire(claims)
    kept = { token, from: now(), until: expiresOn.getTime() }
    return token
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(asFailure(signal.reason))
    const stop = (): void => {
      clearTimeout(timer)
      reject(asFailure(signal.reason))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
