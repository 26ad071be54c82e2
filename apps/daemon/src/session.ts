import { createClock } from './clock.js'
import { type Configuration, type Layer, readConfiguration } from './configuration.js'
import { asFailure } from './failure.js'
import type { Reporter } from './reporter.js'
import { readSettingsFile } from './settings-files.js'
import { type OpenTokens, openTokens } from './token/open-tokens.js'
import { readProxies } from './transport/proxy.js'
import { createTransport, type Transport } from './transport/transport.js'
import type { World } from './world.js'

/** What a command works with: one configuration, one transport, one correlation id, one deadline, one source of tokens. */
export interface Session extends Pick<OpenTokens, 'accessToken' | 'forget' | 'lastCredential'> {
  configuration: Configuration
  transport: Transport
  /** Sent to the token service and to the API, and named in every failure of theirs. */
  correlationId: string
  progress: (text: string) => void
  /** Milliseconds until the deadline of the command. */
  timeLeftMs(): number
  /** Milliseconds since 1970. */
  now(): number
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

export interface SessionManner {
  /** Leaves the token cache alone, for a command that has to ask the tenant. */
  uncached?: boolean
}

/** Gives `work` a session whose requests end when the signal of the frame says so. */
export async function inSession<T>(
  layers: readonly Layer[],
  frame: Frame,
  work: (session: Session) => Promise<T>,
  { uncached = false }: SessionManner = {},
): Promise<T> {
  const { world, reporter, signal, correlationId, timeLeftMs } = frame
  const read = readConfiguration(layers, readSettingsFile)
  const configuration = uncached ? { ...read, tokenCache: { kind: 'memory' as const } } : read
  const transport = createTransport({
    extraRoots: configuration.extraRoots,
    signal,
    proxyFor: readProxies(world.env),
  })
  const progress = (text: string): void => reporter.progress(text)
  progress(`correlation id ${correlationId}`)
  progress(`authority ${configuration.authority.href}`)
  const { conceal, warning: warn } = reporter
  const { random, newId, stdin } = world
  const clock = createClock(world.now)
  const basis = { configuration, transport, correlationId, progress, random, newId }
  const tokens = openTokens({ ...basis, stdin, signal, conceal, warn, clock, renewAhead: false })
  const { accessToken, forget, lastCredential } = tokens
  const wait = (milliseconds: number): Promise<void> => clock.wait(milliseconds, signal)
  try {
    return await work({ ...basis, accessToken, forget, lastCredential, timeLeftMs, now: clock.now, wait })
  } catch (error) {
    throw asFailure(error).withCorrelationId(correlationId)
  } finally {
    await tokens.close()
    transport.close()
  }
}
