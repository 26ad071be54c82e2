import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { asFailure, Failure } from '../src/failure.js'
import { createReporter } from '../src/reporter.js'

function reporterTo(lines: string[], { verbose = false, json = false } = {}) {
  const stderr = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  return createReporter(stderr, () => ({ verbose, quiet: false, json }))
}

test('a failure is one line and returns its exit code', () => {
  const lines: string[] = []
  const failure = new Failure('network', { what: 'a', why: 'b\nc.', next: 'd.', ids: ['E1', 'E2'] })
  assert.equal(reporterTo(lines).failure(failure), 7)
  assert.deepEqual(lines, ['todolist-daemon: a: b c. Next: d. (E1, E2)\n'])
})

test('a concealed value never appears, neither plain nor form-encoded, and no JWT does', () => {
  const lines: string[] = []
  const reporter = reporterTo(lines, { verbose: true })
  reporter.conceal('se~cret/+')
  reporter.progress(`se~cret/+ and ${encodeURIComponent('se~cret/+')} and eyJhbGciOiJub25lIn0.e30.x-_ end`)
  assert.deepEqual(lines, ['todolist-daemon: [concealed] and [concealed] and [token] end\n'])
})

test('a value of fewer than 8 characters is not concealed: it would spoil every message', () => {
  const lines: string[] = []
  const reporter = reporterTo(lines, { verbose: true })
  for (const value of ['', 'e', 'message', 'a message']) reporter.conceal(value)
  reporter.progress('one message, then a message')
  assert.deepEqual(lines, ['todolist-daemon: one message, then [concealed]\n'])
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

test('a secret at the end of a text that is too long is hidden before the text is cut', () => {
  const lines: string[] = []
  const reporter = reporterTo(lines)
  reporter.conceal('Qx78Q~made.up_for-tests')
  const why = `${'x'.repeat(1485)}Qx78Q~made.up_for-tests`
  reporter.failure(new Failure('unexpected', { what: 'a', why, next: 'b'.repeat(1501), ids: ['c'.repeat(101)] }))
  assert.deepEqual(lines, [
    `todolist-daemon: a: ${'x'.repeat(1485)}[concealed]. Next: ${'b'.repeat(1499)}… (${'c'.repeat(99)}…)\n`,
  ])
})

test('a correlation id that is already there as a trace id is named once', () => {
  const failure = new Failure('conflict', { what: 'a', why: 'b', next: 'c', ids: ['trace id 1-2', 'AADSTS7'] })
  assert.deepEqual(failure.withCorrelationId('1-2').ids, ['AADSTS7', 'correlation id 1-2'])
})

test('as JSON a failure is one object with every member, null where nothing is known', () => {
  const lines: string[] = []
  const reporter = reporterTo(lines, { json: true })
  reporter.conceal('geheimnis')
  const ids = ['AADSTS7000215', 'trace id t-1', 'correlation id c-1']
  reporter.failure(new Failure('unavailable', { what: 'a', why: 'geheimnis', next: 'c', ids, retryAfterMs: 2000 }))
  reporter.failure(new Failure('usage', { what: 'a', why: 'b', next: 'c' }))
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [
      {
        code: 'unavailable',
        exitCode: 8,
        message: 'a: [concealed]',
        aadsts: 'AADSTS7000215',
        hint: 'c',
        correlationId: 'c-1',
        traceId: 't-1',
        retryAfterMs: 2000,
      },
      {
        code: 'usage',
        exitCode: 2,
        message: 'a: b',
        aadsts: null,
        hint: 'c',
        correlationId: null,
        traceId: null,
        retryAfterMs: null,
      },
    ],
  )
})

test('a status line is for terminals only and makes way for the next line', () => {
  const shown: string[] = []
  const stderr = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        shown.push(String(chunk))
        done()
      },
    }),
    { isTTY: true, columns: 40 },
  )
  const reporter = createReporter(stderr, () => ({ verbose: false, quiet: false, json: false }))
  reporter.status(`imported ${'1'.repeat(80)}`)
  reporter.note('done')
  reporter.status(undefined)
  assert.deepEqual(shown, [`imported ${'1'.repeat(29)}…`, '\r\u001b[K', 'todolist-daemon: done\n'])
  const quiet = createReporter(stderr, () => ({ verbose: false, quiet: true, json: false }))
  quiet.status('imported')
  quiet.note('done')
  assert.equal(shown.length, 3)
  const lines: string[] = []
  reporterTo(lines).status('imported')
  assert.deepEqual(lines, [])
})
