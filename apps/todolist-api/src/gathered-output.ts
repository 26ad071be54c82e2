import type { Output } from './commands/surroundings.js'

export interface GatheredOutput extends Output {
  /** Writes what has gathered, at once. */
  flush(): void
}

/** In characters. */
const most = 65_536

/**
 * Texts written within one turn of the event loop, written together: standard error is written synchronously, and
 * thousands of requests a second would wait for as many system calls. Call `flush` when the process exits.
 */
export function gatherOutput(output: Output): GatheredOutput {
  let gathered = ''
  const flush = () => {
    if (gathered === '') return
    const text = gathered
    gathered = ''
    output.write(text)
  }
  const write = (text: string) => {
    if (gathered === '') setImmediate(flush)
    gathered += text
    if (gathered.length >= most) flush()
  }
  return { write, flush }
}
