import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine, transferProgress } from '../../src/transfer/progress.js'

test('progress tells count and rate, and where the end is known the remaining time', () => {
  assert.equal(progressLine('exported', 1200, { seconds: 4, share: undefined }), 'exported 1200 to-dos, 300/s')
  assert.equal(
    progressLine('imported', 1200, { seconds: 4, share: 0.4 }),
    'imported 1200 to-dos, 300/s, 40 %, 0:06 left',
  )
  assert.equal(
    progressLine('imported', 10, { seconds: 10, share: 0.001 }),
    'imported 10 to-dos, 1/s, 0 %, 2:46:30 left',
  )
})

test('progress is shown at most five times a second', () => {
  const shown: (string | undefined)[] = []
  let now = 0
  const reporter = { status: (text: string | undefined) => shown.push(text) }
  const progress = transferProgress('imported', reporter, () => now)
  for (now = 0; now <= 1000; now += 50) progress.reached(now)
  assert.equal(shown.length, 5)
})
