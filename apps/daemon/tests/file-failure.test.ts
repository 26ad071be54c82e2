import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../src/failure.js'
import { writeFailure } from '../src/file-failure.js'

const nexts = [
  { code: 'ENOSPC', next: /make room/ },
  { code: 'EACCES', next: /may write to/ },
]

for (const { code, next } of nexts) {
  test(`a file that cannot be written for ${code} is told with what mends it`, () => {
    const failure = writeFailure('out.json', Object.assign(new Error('refused'), { code, syscall: 'write' }))
    assert.ok(failure instanceof Failure)
    assert.match(failure.parts.next, next)
  })
}
