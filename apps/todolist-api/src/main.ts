#!/usr/bin/env node
// The only file that knows that there is a process.
import { run } from './run.js'

const stop = new AbortController()
const signals = { SIGINT: 130, SIGTERM: 143 } as const

for (const [signal, forcedExitCode] of Object.entries(signals)) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(forcedExitCode)
    stop.abort()
  })
}
// A parent that gave us a channel and is gone cannot stop us any more.
process.on('disconnect', () => stop.abort())

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  get stdin() {
    return process.stdin // made by Node when it is first asked for
  },
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => new Date(),
  stop: stop.signal,
  shutdownDeadline: 10_000,
  announce: (url) => {
    if (process.connected) process.send?.({ ready: true, url })
  },
})

if (process.connected) process.disconnect()
// What still holds the process now is a connection past its deadline, or a pipe at standard input nobody needs.
setTimeout(() => process.exit(), 250).unref()
