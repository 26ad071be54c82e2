import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissionId, uuidV5 } from '../src/permission-id.js'

test('a name-based UUID is that of the test vector in RFC 9562, appendix A.4', () => {
  assert.equal(
    uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
})

test('the id of a permission never changes from one release to the next', () => {
  assert.equal(permissionId('ciam-ToDoList-api', 'ToDoList.Read.All'), '2aebcfbe-e05a-56d0-a89e-11082478c01e')
})

test('the id of a permission depends on the application as much as on the value', () => {
  const ids = [permissionId('a', 'bc'), permissionId('ab', 'c'), permissionId('a', 'c'), permissionId('b', 'c')]
  assert.equal(new Set(ids).size, 4)
})
