import type { Writable } from 'node:stream'

/** Writes and waits until the text is handed over, so that a slow reader slows the writer down. */
export function print(stream: Writable, text: string): Promise<void> {
  if (text === '') return Promise.resolve()
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      // EPIPE: the reader, for instance `head`, has all it wanted.
      if (error && !('code' in error && error.code === 'EPIPE')) reject(error)
      else resolve()
    })
  })
}
