#!/usr/bin/env node
// The only file that knows that there is a process.
import { gatherOutput } from './gathered-output.js'
import { run } from './run.js'

// A log that nobody reads any more, because the parent died, must not end the requests that are still running.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

const stderr = gatherOutput(process.stderr)
process.on('exit', () => stderr.flush())

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  get stdin() {
    return process.stdin // made by Node when it is first asked for
  },
  stdout: process.stdout,
  stderr,
  now: () => new Date(),
  elapsed: () => performance.now(),
  random: Math.random,
  residentMemory: () => process.memoryUsage.rss(),
  takeOverStopping,
  shutdownDeadline: 10_000,
  announce: (url) => {
    if (process.connected) process.send?.({ ready: true, url })
  },
})

if (process.connected) process.disconnect()
// What still holds the process now is a connection past its deadline, or a pipe at standard input nobody needs.
setTimeout(() => process.exit(), 250).unref()

function takeOverStopping(): AbortSignal {
  const stop = new AbortController()
  for (const [signal, forcedExitCode] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(forcedExitCode)
      stop.abort()
    })
  }
  // A parent that gave us a channel and is gone cannot stop us any more, perhaps since before this line.
  process.on('disconnect', () => stop.abort())
  if (process.send !== undefined && !process.connected) stop.abort()
  return stop.signal
}
