import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WebServer } from '@tenantry/todolist-web'
import { portFailure } from './known-failures.js'

export type { WebServer } from '@tenantry/todolist-web'

/** Serves the files of the web app on this machine. Throws a Failure for a port that cannot be had. */
export async function startWeb(port: number, tls: { chain: string; key: string }): Promise<WebServer> {
  // Loaded only here: who runs the daemon once does not need it.
  const { startWebServer } = await import('@tenantry/todolist-web')
  const site = dirname(fileURLToPath(import.meta.resolve('@tenantry/todolist-web/page')))
  try {
    return await startWebServer({ site, host: 'localhost', port, tls })
  } catch (error) {
    const isOfTheNetwork = error instanceof Error && 'syscall' in error && error.syscall === 'listen'
    if (isOfTheNetwork && 'code' in error) throw portFailure(port, '--web-port', String(error.code))
    throw error
  }
}
