import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readToDos } from '../../src/api/to-do.js'

const toDo = { id: 7, owner: '6232f9a3-52fc-4b6a-8f36-0c9c4b5e3d01', description: 'Water plants' }

test('a list of to-dos is read, without members nobody asked for', () => {
  assert.deepEqual(readToDos(JSON.stringify([{ ...toDo, done: true }])), [toDo])
  assert.deepEqual(readToDos('[]'), [])
})

const strangers = [
  null,
  'x',
  [],
  { ...toDo, id: '7' },
  { ...toDo, id: 1.5 },
  { ...toDo, id: 2 ** 53 },
  { ...toDo, owner: 'me' },
  { ...toDo, owner: undefined },
  { ...toDo, description: null },
]

for (const stranger of strangers) {
  test(`${JSON.stringify(stranger)} is not a to-do, and its place is named`, () => {
    assert.deepEqual(readToDos(JSON.stringify([toDo, stranger])), { problem: 'element 1 of its answer is not a to-do' })
  })
}

test('text that is not JSON, and JSON that is not an array, are refused', () => {
  assert.deepEqual(readToDos('<html>'), { problem: 'its answer is not JSON' })
  assert.deepEqual(readToDos(''), { problem: 'its answer is not JSON' })
  assert.deepEqual(readToDos('{"value":[]}'), { problem: 'its answer is not a JSON array' })
})
