import { Failure } from '../failure.js'
import type { Call } from './command.js'

/** All of stdin as text. Throws a `usage` failure when it is longer than `longest` characters. */
export async function textOf({ world, signal }: Call, longest: number): Promise<string> {
  const stdin = world.stdin()
  const stop = (): unknown => stdin.destroy(signal.reason instanceof Error ? signal.reason : undefined)
  signal.addEventListener('abort', stop, { once: true })
  let text = ''
  try {
    for await (const chunk of stdin.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > longest) break
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  if (text.length <= longest) return text
  throw new Failure('usage', {
    what: 'stdin is too long',
    why: `it has more than ${longest} characters`,
    next: 'give it one token',
  })
}
