import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { asFailure, Failure } from '../failure.js'
import { fileReason } from '../file-failure.js'

export interface TextSource {
  /** Rejects with a `usage` failure for what is not UTF-8. */
  text(): AsyncIterable<string>
  /** How much of the file was read, from 0 to 1; undefined where its size is not known. */
  share(): number | undefined
  close(): void
}

/** Opens a text file to be read piece by piece; the signal ends the reading. Rejects with a `usage` failure. */
export async function openTextFile(path: string, signal: AbortSignal): Promise<TextSource> {
  try {
    const stream = createReadStream(path)
    await once(stream, 'open')
    return textOf(stream, { bytes: (await stat(path)).size, signal })
  } catch (error) {
    throw unreadable(`${path} cannot be read: ${fileReason(error)}`, 'name another file')
  }
}

export function textOf(
  stream: Readable,
  { bytes, signal }: { bytes: number | undefined; signal: AbortSignal },
): TextSource {
  let read = 0
  const stop = (): unknown => stream.destroy(asFailure(signal.reason))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return {
    text: async function* () {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      for await (const chunk of stream) {
        const piece: Uint8Array = Buffer.from(chunk)
        read += piece.length
        yield decoded(decoder, piece)
      }
      yield decoded(decoder)
    },
    share: () => (bytes === undefined || bytes === 0 ? undefined : Math.min(1, read / bytes)),
    close: () => {
      signal.removeEventListener('abort', stop)
      stream.destroy()
    },
  }
}

function decoded(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined })
  } catch {
    throw unreadable('the file is not UTF-8 text', 'convert it')
  }
}

function unreadable(why: string, next: string): Failure {
  return new Failure('usage', { what: 'wrong command line', why, next: `${next}; --help shows everything` })
}
