import { readConfiguration } from './configuration.js'
import { asFailure, Failure } from './failure.js'
import type { Reporter } from './reporter.js'
import { readSettingsFile, settingsLayers } from './settings-files.js'
import type { TokenRequest } from './token/acquire-token.js'
import { createTransport } from './transport.js'
import type { World } from './world.js'

/** What an operation works with: one configuration, one transport, one correlation id, one deadline. */
export interface Session extends TokenRequest {
  /** A new access token for the configured scope. Never empty. */
  accessToken(): Promise<string>
}

/** Gives `work` a session whose requests end at the deadline or when the world's signal says so. */
export async function inSession<T>(
  command: { config: string | undefined; timeoutMs: number },
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
