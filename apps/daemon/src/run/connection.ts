import type { Clock } from '../clock.js'
import { type Configuration, type Layer, readConfiguration } from '../configuration.js'
import type { Session } from '../session.js'
import { readSettingsFile } from '../settings-files.js'
import { openTokens } from '../token/open-tokens.js'
import type { TokenSource } from '../token/token-source.js'
import { readProxies } from '../transport/proxy.js'
import { createTransport } from '../transport/transport.js'
import type { World } from '../world.js'
import type { Log } from './log.js'

/** One state of the settings: one source of tokens for all jobs. */
export interface Connection extends Pick<TokenSource, 'accessToken' | 'state'> {
  configuration: Configuration
  /** Gives `work` a session of its own whose requests end when its signal fires. */
  inJob<T>(frame: JobFrame, work: (session: Session) => Promise<T>): Promise<T>
  /** Closes it as soon as the last job that uses it has ended. */
  retire(): Promise<void>
}

export interface JobFrame {
  signal: AbortSignal
  correlationId: string
  timeLeftMs: () => number
}

export interface Surroundings {
  world: World
  clock: Clock
  log: Log
  conceal: (secret: string) => void
  /** The end of the process. */
  signal: AbortSignal
}

/** Reads the settings; asks nobody yet. Throws a `configuration` failure. */
export function openConnection(
  layers: readonly Layer[],
  { world, clock, log, conceal, signal }: Surroundings,
): Connection {
  const configuration = readConfiguration(layers, readSettingsFile)
  const proxyFor = readProxies(world.env)
  const { extraRoots } = configuration
  const { random, newId, stdin } = world
  const transport = createTransport({ extraRoots, signal, proxyFor })
  const tokens = openTokens({
    configuration,
    transport,
    clock,
    random,
    newId,
    stdin,
    signal,
    conceal,
    correlationId: newId(),
    progress: (text) => log.debug(text),
    warn: (text) => log.warning(text),
    renewAhead: true,
  })
  let users = 0
  let isRetired = false
  const closeUnused = async (): Promise<void> => {
    if (!isRetired || users > 0) return
    await tokens.close()
    transport.close()
  }
  return {
    configuration,
    accessToken: tokens.accessToken,
    state: tokens.state,
    inJob: async (frame, work) => {
      users++
      const own = createTransport({ extraRoots, signal: frame.signal, proxyFor })
      const { accessToken, forget, lastCredential } = tokens
      const progress = (text: string): void => log.debug(text, { correlationId: frame.correlationId })
      const wait = (ms: number): Promise<void> => clock.wait(ms, frame.signal)
      try {
        const basis = { configuration, accessToken, forget, lastCredential, random, newId }
        return await work({ ...basis, ...frame, transport: own, progress, now: clock.now, wait })
      } finally {
        own.close()
        users--
        await closeUnused()
      }
    },
    retire: () => {
      isRetired = true
      return closeUnused()
    },
  }
}
