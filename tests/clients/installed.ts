import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspaces.js'

type Client = 'run-python' | 'python' | 'go' | 'java' | 'graph-node' | 'graph-python' | 'graph-az'

interface Sources {
  /** Below tests. */
  readonly folder: string
  /** What decides which installation is the right one, in the order in which .ci/install-clients reads it. */
  readonly pins: readonly string[]
}

const sources: Readonly<Record<Client, Sources>> = {
  'run-python': { folder: 'run/python', pins: ['requirements.txt'] },
  python: { folder: 'clients/python', pins: ['requirements.txt'] },
  go: { folder: 'clients/go', pins: ['go.mod', 'go.sum', 'main.go'] },
  java: { folder: 'clients/java', pins: ['pom.xml', 'AcquireToken.java'] },
  'graph-node': { folder: 'graph-clients/node', pins: ['package-lock.json'] },
  'graph-python': { folder: 'graph-clients/python', pins: ['requirements.txt'] },
  'graph-az': { folder: 'graph-clients/az', pins: ['requirements.txt'] },
}

export const sourcesOf = (client: Client): string => join(root, 'tests', sources[client].folder)

/** The folder into which .ci/install-clients put the client, or undefined when it did not, or not these pins. */
export function installed(client: Client): string | undefined {
  const digest = createHash('sha256')
  for (const file of sources[client].pins) digest.update(readFileSync(join(sourcesOf(client), file)))
  const id = digest.digest('hex').slice(0, 16)
  // Node looks for packages above the program that imports them, so they lie beside it and not in the cache.
  const isNode = client === 'graph-node'
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tenantry-tests')
  const folder = isNode ? join(sourcesOf(client), 'node_modules') : join(cache, `${client}-${id}`)
  return existsSync(join(folder, isNode ? `complete-${id}` : 'complete')) ? folder : undefined
}

export const howToInstall = 'not installed: run .ci/install-clients'

/** The version of a client, from the file that pins it. */
export function pinned(client: Client, pattern: RegExp): string {
  const [file = ''] = sources[client].pins
  return pattern.exec(readFileSync(join(sourcesOf(client), file), 'utf8'))?.[1] ?? ''
}
