import { createClock } from './clock.js'
import { type Configuration, readConfiguration } from './configuration.js'
import { asFailure, Failure } from './failure.js'
import type { Reporter } from './reporter.js'
import { readSettingsFile, settingsLayers } from './settings-files.js'
import { openTokens } from './token/open-tokens.js'
import type { TokenSource } from './token/token-source.js'
import { readProxies } from './transport/proxy.js'
import { createTransport, type Transport } from './transport/transport.js'
import type { World } from './world.js'

/** What an operation works with: one configuration, one transport, one correlation id, one deadline, one source of tokens. */
export interface Session extends Pick<TokenSource, 'accessToken'> {
  configuration: Configuration
  transport: Transport
  /** Sent to the token service and to the API, and named in every failure of theirs. */
  correlationId: string
  progress: (text: string) => void
}

/** Gives `work` a session whose requests end at the deadline or when the world's signal says so. */
export async function inSession<T>(
  command: { config: string | undefined; timeoutMs: number },
  world: World,
  reporter: Reporter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const configuration = readConfiguration(settingsLayers({ ...world, config: command.config }), readSettingsFile)
  const proxyFor = readProxies(world.env)
  const deadline = startDeadline(command.timeoutMs)
  const signal = AbortSignal.any([world.signal, deadline.signal])
  const transport = createTransport({ extraRoots: configuration.extraRoots, signal, proxyFor })
  const correlationId = world.newId()
  const progress = (text: string): void => reporter.progress(text)
  progress(`correlation id ${correlationId}`)
  progress(`authority ${configuration.authority.href}`)
  const { conceal, warning: warn } = reporter
  const basis = { configuration, transport, correlationId, progress }
  const tokens = openTokens({
    ...world,
    ...basis,
    signal,
    conceal,
    warn,
    clock: createClock(world.now),
    renewAhead: false,
  })
  try {
    return await work({ ...basis, accessToken: tokens.accessToken })
  } catch (error) {
    throw asFailure(error).withCorrelationId(correlationId)
  } finally {
    deadline.clear()
    await tokens.close()
    transport.close()
  }
}

function startDeadline(timeoutMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(
      new Failure('deadline', {
        what: 'deadline passed',
        why: `the command did not finish within ${timeoutMs / 1000} s`,
        next: 'run it with --verbose to see which step is slow, or give it more time with --timeout <seconds>',
      }),
    )
  }, timeoutMs)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
