import { fileURLToPath } from 'node:url'
import { startWebServer } from './server/web-server.js'
import { readSettings, SettingsError } from './settings/settings.js'

/** Exit codes, those of the daemon and the API. */
const exitCodes = { success: 0, unexpected: 1, usage: 2, configuration: 6, network: 7 } as const

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Reads a text file. */
  readFile(path: string): string
  say(line: string): void
  /** Aborted when the server is to stop. */
  readonly signal: AbortSignal
}

/** Serves the web app with the settings of the environment until it is stopped. Resolves to the exit code. */
export async function serve(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, say, signal } = surroundings
  if (args.length > 0) {
    say('takes no arguments: its settings are environment variables. Next: read apps/todolist-web/README.md.')
    return exitCodes.usage
  }
  try {
    const settings = readSettings({ API_ENDPOINT: usualApi, ...environment }, 'the environment')
    const server = await startWebServer({ site, ...readPlace(surroundings) })
    server.settle(settings)
    say(`listening on ${server.origin}`)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await server.close()
    return exitCodes.success
  } catch (error) {
    if (error instanceof SettingsError) return failed(exitCodes.configuration, error.message)
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EADDRINUSE') return failed(exitCodes.network, 'The port is in use already: choose another in PORT.')
    if (code === 'EACCES') return failed(exitCodes.network, 'The port needs privileges: choose another in PORT.')
    const why = error instanceof Error ? error.message : String(error)
    return failed(exitCodes.unexpected, `${why}. Next: npm run build, if the page is not built.`)
  }

  function failed(code: number, sentence: string): number {
    say(sentence)
    return code
  }
}

const site = fileURLToPath(new URL('../site', import.meta.url))
const usualApi = 'https://localhost:44351/api/todolist'

function readPlace({ environment, readFile }: Surroundings) {
  const { HOST = 'localhost', PORT = '3443' } = environment
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
    throw new SettingsError('PORT in the environment is not a port; put a number from 0 to 65535.')
  }
  return { host: HOST, port: Number(PORT), tls: { chain: pem('TLS_CERT_FILE'), key: pem('TLS_KEY_FILE') } }

  function pem(name: string): string {
    const path = environment[name] ?? ''
    try {
      return readFile(path)
    } catch {
      const why = path === '' ? 'is missing' : 'names a file that cannot be read'
      throw new SettingsError(`${name} in the environment ${why}; put the path of a PEM file.`)
    }
  }
}
