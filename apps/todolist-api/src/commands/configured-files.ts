import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { ServeConfiguration } from '../configuration.js'
import { CommandFailure, exitCodes } from '../exit-codes.js'

/** The contents of the PEM files that the configuration names. */
export interface ConfiguredFiles {
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly ca: string | undefined
}

/**
 * Throws CommandFailure with all mistakes: a file that cannot be read, a certificate and key that do not fit.
 * The contents appear in no message.
 */
export function readConfiguredFiles({ tlsFiles, caFile }: ServeConfiguration): ConfiguredFiles {
  const mistakes: string[] = []
  const cert = readText(mistakes, 'TLS_CERT_FILE', tlsFiles?.cert)
  const key = readText(mistakes, 'TLS_KEY_FILE', tlsFiles?.key)
  const ca = readText(mistakes, 'CA_FILE', caFile ?? undefined)
  const tls = cert === undefined || key === undefined ? undefined : { cert, key }
  if (tls !== undefined && !fits(tls)) {
    mistakes.push(
      'TLS_CERT_FILE and TLS_KEY_FILE are not a PEM certificate and its private key: name a pair that fits.',
    )
  }
  if (mistakes.length > 0) throw new CommandFailure(exitCodes.configuration, mistakes)
  return { tls, ca }
}

function readText(mistakes: string[], name: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    mistakes.push(`${name} names ${file}, which cannot be read (${code}): correct the path or the mode of the file.`)
    return undefined
  }
}

function fits(pair: { cert: string; key: string }): boolean {
  try {
    createSecureContext(pair)
    return true
  } catch {
    return false
  }
}
