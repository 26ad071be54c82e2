import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyLiteral } from '../../src/graph/odata.js'

const literals: readonly (readonly [string, string])[] = [
  ['ciam-ToDoList-api', "'ciam-ToDoList-api'"],
  ["O'Neil", "'O''Neil'"],
  ["') or true or ('", "''')%20or%20true%20or%20('''"],
  ['a/b?c#d&e', "'a%2Fb%3Fc%23d%26e'"],
  ['Zürich', "'Z%C3%BCrich'"],
]

for (const [text, literal] of literals) {
  test(`the key ${text} is written ${literal} in a path`, () => assert.equal(keyLiteral(text), literal))
}
