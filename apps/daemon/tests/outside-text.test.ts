import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plain, textMember } from '../src/outside-text.js'

test('line breaks, terminal escapes and direction marks do not survive', () => {
  assert.equal(plain('a\r\nb\u001b[31mc\u202ed\u2028e\u0000'), 'a b [31mc d e')
})

test('a member that is no text or blank counts as absent', () => {
  assert.equal(textMember({ a: 'b' }, 'a'), 'b')
  for (const value of [1, null, ' ', ['x']]) assert.equal(textMember({ a: value }, 'a'), undefined)
})
