import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { asFailure, Failure } from '../src/failure.js'
import { createReporter } from '../src/reporter.js'

function reporterTo(lines: string[], verbose = false) {
  const stderr = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  return createReporter(stderr, () => verbose)
}

test('a failure is one line and returns its exit code', () => {
  const lines: string[] = []
  const failure = new Failure('network', { what: 'a', why: 'b\nc.', next: 'd.', ids: ['E1', 'E2'] })
  assert.equal(reporterTo(lines).failure(failure), 7)
  assert.deepEqual(lines, ['todolist-daemon: a: b c. Next: d. (E1, E2)\n'])
})

test('a concealed value never appears, neither plain nor form-encoded, and no JWT does', () => {
  const lines: string[] = []
  const reporter = reporterTo(lines, true)
  reporter.conceal('se~cret/+')
  reporter.progress(`se~cret/+ and ${encodeURIComponent('se~cret/+')} and eyJhbGciOiJub25lIn0.e30.x-_ end`)
  assert.deepEqual(lines, ['todolist-daemon: [concealed] and [concealed] and [token] end\n'])
})

test('progress is silent unless the command is verbose', () => {
  const lines: string[] = []
  reporterTo(lines).progress('step')
  assert.deepEqual(lines, [])
})

test('something unexpected ends with 1 and is one line', () => {
  const lines: string[] = []
  assert.equal(reporterTo(lines).failure(asFailure(new TypeError('x is not\na function'))), 1)
  assert.deepEqual(lines, [
    'todolist-daemon: unexpected error: TypeError: x is not a function. Next: run the command again with --verbose; if it fails again, report this line as a bug.\n',
  ])
})
