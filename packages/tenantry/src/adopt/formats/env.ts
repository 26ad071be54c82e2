import { parseEnv } from 'node:util'
import { kindOf, partsOf, type Reading } from '../setting.js'

/** Reads a file of environment variables, as dotenv and Node do. */
export function readEnv(text: string, file: string): Reading {
  const lines = text.split('\n').map((line) => /^\s*(?:export\s+)?([^=\s]+)\s*=/.exec(line)?.[1])
  const variables = Object.entries(parseEnv(text)).map(([name, value = '']) => {
    // The last one counts.
    return { file, line: Math.max(lines.lastIndexOf(name) + 1, 1), name, value }
  })
  variables.sort((a, b) => a.line - b.line)
  const settings = variables.flatMap(({ line, name, value }) => {
    const kind = kindOf([name], value)
    if (kind === undefined) return []
    return partsOf(kind, value).map((part) => ({ kind, file, line, name, value: part, variable: name, madeOf: [] }))
  })
  return { settings, unread: [], variables }
}
