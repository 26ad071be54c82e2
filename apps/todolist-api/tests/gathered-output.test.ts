import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { gatherOutput } from '../src/gathered-output.js'

function recorded() {
  const written: string[] = []
  return { written, output: gatherOutput({ write: (text) => written.push(text) }) }
}

test('what is written within one turn of the event loop is written together, in its order, and once', async () => {
  const { written, output } = recorded()
  output.write('one\n')
  output.write('two\n')
  assert.deepEqual(written, [])
  await turn()
  await turn()
  assert.deepEqual(written, ['one\ntwo\n'])
  output.write('three\n')
  await turn()
  assert.deepEqual(written, ['one\ntwo\n', 'three\n'])
})

test('a flush writes at once what has gathered, and nothing when nothing has', async () => {
  const { written, output } = recorded()
  output.flush()
  output.write('last words\n')
  output.flush()
  assert.deepEqual(written, ['last words\n'])
  await turn()
  assert.deepEqual(written, ['last words\n'])
})

test('much of it does not wait for the end of the turn', () => {
  const { written, output } = recorded()
  output.write('x'.repeat(65_535))
  assert.equal(written.length, 0)
  output.write('yz')
  assert.deepEqual(
    written.map((text) => text.length),
    [65_537],
  )
})
