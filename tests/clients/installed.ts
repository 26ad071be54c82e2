import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspaces.js'

export type Language = 'python' | 'go' | 'java'

/** What decides which installation is the right one, in the order in which .ci/install-clients reads it. */
const pins: Readonly<Record<Language, readonly string[]>> = {
  python: ['requirements.txt'],
  go: ['go.mod', 'go.sum', 'main.go'],
  java: ['pom.xml', 'AcquireToken.java'],
}

export const sourcesOf = (language: Language): string => join(root, 'tests/clients', language)

/** The folder into which .ci/install-clients put the language's client, or undefined when it did not, or not these pins. */
export function installed(language: Language): string | undefined {
  const digest = createHash('sha256')
  for (const file of pins[language]) digest.update(readFileSync(join(sourcesOf(language), file)))
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'tenantry-tests', `${language}-${digest.digest('hex').slice(0, 16)}`)
  return existsSync(join(folder, 'complete')) ? folder : undefined
}

export const howToInstall = 'not installed: run .ci/install-clients'

/** The version of a client, from the file that pins it. */
export function pinned(language: Language, pattern: RegExp): string {
  const [file = ''] = pins[language]
  return pattern.exec(readFileSync(join(sourcesOf(language), file), 'utf8'))?.[1] ?? ''
}
