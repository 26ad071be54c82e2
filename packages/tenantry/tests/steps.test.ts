import assert from 'node:assert/strict'
import test from 'node:test'
import { ListenError } from '@tenantry/local-tenant'
import { Failure, StepFailure } from '../src/failure.js'
import { createSteps } from '../src/steps.js'

test('a step that succeeds writes one line with its words and its time, and gives its value', async () => {
  const { steps, written } = prepare()
  assert.equal(await steps('Thing', async () => ({ value: 7, words: 'made' })), 7)
  assert.deepEqual(written, ['✓ Thing: made (1.5 s)\n'])
})

test('a step that fails writes one line with the reason and what to do next', async () => {
  const cases: { error: unknown; line: string; exitCode: number }[] = [
    { error: new Failure(6, 'it is broken.', 'mend it'), line: '✗ Thing: it is broken. Next: mend it.\n', exitCode: 6 },
    {
      error: new ListenError('EADDRINUSE', 8443, {}),
      line: '✗ Thing: port 8443 is in use already. Next: choose another port with --port, for instance --port 9443.\n',
      exitCode: 7,
    },
    {
      error: new ListenError('EACCES', 443, {}),
      line: '✗ Thing: port 443 needs privileges. Next: choose another port with --port, for instance --port 18443.\n',
      exitCode: 7,
    },
    {
      error: Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      line: '✗ Thing: ENOSPC: no space left on device, write. Next: free some space on the disk and run it again.\n',
      exitCode: 1,
    },
    {
      error: new Error('what nobody foresaw'),
      line: '✗ Thing: what nobody foresaw. Next: run it again with --verbose and report what it prints.\n',
      exitCode: 1,
    },
  ]
  for (const { error, line, exitCode } of cases) {
    const { steps, written } = prepare()
    const failing = steps('Thing', () => Promise.reject(error as Error))
    await assert.rejects(failing, (thrown) => thrown instanceof StepFailure && thrown.exitCode === exitCode)
    assert.deepEqual(written, [line])
  }
})

test('after an interruption no step begins and no line is written', async () => {
  const { steps, written, interrupt } = prepare()
  const interrupted = steps('Thing', async () => {
    interrupt()
    throw new Error('cut off in the middle')
  })
  await assert.rejects(interrupted, (thrown) => thrown === 130)
  await assert.rejects(
    steps('Next', () => assert.fail('it ran')),
    (thrown) => thrown === 130,
  )
  assert.deepEqual(written, [])
})

function prepare() {
  const written: string[] = []
  const controller = new AbortController()
  let time = 0
  const clock = () => {
    time += 1_500
    return time
  }
  const steps = createSteps({ write: (text) => written.push(text) }, controller.signal, clock)
  return { steps, written, interrupt: () => controller.abort(130) }
}
