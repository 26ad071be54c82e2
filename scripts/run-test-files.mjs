import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * Runs compiled tests, each file in a process of its own, and resolves with whether all passed. A file that takes longer than `limit`
 * milliseconds is stopped and run once more, which is said: Node can hang when a process ends, whatever ran in it
 * (https://github.com/nodejs/node/issues/54918). One that hangs again has failed, and a test that failed is never run again. The runner
 * of Node 24 and later stops no file.
 */
export async function runTestFiles(files, { concurrency, limit }) {
  const first = await runOnce(files, { concurrency, limit })
  if (first.hung.length === 0) return first.passed
  process.stdout.write(`\n! Not ended after ${limit / 1000} s, so run once more: ${first.hung.join(', ')}\n\n`)
  const second = await runOnce(first.hung, { concurrency: 1, limit })
  return first.passed && second.passed && second.hung.length === 0
}

/** `passed`: whether no test failed in the files that ended. `hung`: the files that did not. */
async function runOnce(files, { concurrency, limit }) {
  const hung = []
  let passed = true
  const events = run({ files, concurrency, timeout: limit })
  events.on('test:fail', ({ name, file, details }) => {
    if (file?.endsWith(name) && details.error.failureType === 'testTimeoutFailure') hung.push(file)
    else passed = false
  })
  const report = events.compose(new spec())
  for await (const text of report) process.stdout.write(text)
  return { passed, hung }
}
