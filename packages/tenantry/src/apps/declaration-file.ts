import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { DesiredState } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { tutorialFile } from '../tutorial/apps.js'

export const usualFile = 'tenantry.apps.json'

/** As many bytes as a text of the largest declaration can have. */
const mostBytes = 4 * 1024 * 1024

/**
 * The declared applications. Throws a Failure for a file that cannot be read, and a DeclarationError with every mistake in
 * one that can.
 */
export async function loadDeclaration(file: string | null): Promise<DesiredState> {
  const path = resolve(file ?? (existsSync(usualFile) ? usualFile : tutorialFile()))
  const text = readText(path)
  // Loaded here, because nothing else needs a parser that knows places.
  const { readDeclaration } = await import('@tenantry/app-registration/declaration')
  return readDeclaration(text, shown(path), (name) => readFileSync(resolve(dirname(path), name), 'utf8'))
}

function readText(path: string): string {
  try {
    if (statSync(path).size > mostBytes) {
      throw new Failure(
        exitCodes.configuration,
        `${shown(path)} is larger than 4 MiB`,
        'name a declaration with --file',
      )
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const why = `${shown(path)} cannot be read as UTF-8 (${codeOf(cause)})`
    throw new Failure(exitCodes.configuration, why, 'name a declaration with --file', { cause })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function shown(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}
