import type { Command } from './command-line.js'
import { type Configuration, readConfiguration } from './configuration.js'
import { asFailure, Failure } from './failure.js'
import type { Reporter } from './reporter.js'
import type { World } from './run.js'
import { readSettingsFile, settingsLayers } from './settings-files.js'
import { createTransport, type Transport } from './transport.js'

/** What an operation works with: one configuration, one transport, one correlation id, one deadline. */
export interface Session {
  configuration: Configuration
  transport: Transport
  /** Sent to the token service and to the API, and named in every failure of theirs. */
  correlationId: string
  /** A new access token for the configured scope. Never empty. */
  accessToken(): Promise<string>
  progress: (text: string) => void
}

/** Gives `work` a session whose requests end at the deadline or when the world's signal says so. */
export async function inSession<T>(
  command: Extract<Command, { kind: 'operation' }>,
  world: World,
  reporter: Reporter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const configuration = readConfiguration(settingsLayers({ ...world, config: command.config }), readSettingsFile)
  reporter.conceal(configuration.clientSecret)
  const deadline = startDeadline(command.timeoutMs)
  const signal = AbortSignal.any([world.signal, deadline.signal])
  const transport = createTransport({ extraRoots: configuration.extraRoots, signal })
  const correlationId = world.newId()
  try {
    return await work(openSession({ configuration, transport, correlationId }, world, reporter))
  } catch (error) {
    throw asFailure(error).withCorrelationId(correlationId)
  } finally {
    deadline.clear()
    transport.close()
  }
}

function openSession(
  basis: Pick<Session, 'configuration' | 'transport' | 'correlationId'>,
  world: World,
  reporter: Reporter,
): Session {
  const progress = (text: string): void => reporter.progress(text)
  progress(`correlation id ${basis.correlationId}`)
  progress(`authority ${basis.configuration.authority.href}`)
  return {
    ...basis,
    progress,
    accessToken: async () => {
      // Loaded late: with it comes MSAL, the largest part of the program.
      const { acquireToken } = await import('./token/acquire-token.js')
      const { token, expiresOn } = await acquireToken({ ...basis, progress })
      reporter.conceal(token)
      progress(`token acquired, expires in ${Math.round((expiresOn.getTime() - world.now()) / 1000)} s`)
      return token
    },
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
