import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPattern, matches } from '../../src/directory/pattern.js'

test('a text matches a pattern as JavaScript reads it, anywhere unless the pattern says where', () => {
  assert.ok(matches('^[A-Z]', 'Nora'))
  assert.ok(!matches('^[A-Z]', 'nora'))
  assert.ok(matches('o', 'Nora'))
  // An escape that is none, as in the documentation.
  assert.ok(matches('^[a-zA-Z0-9.!#$&\\^_\\@]+$', 'a@b'))
  assert.ok(matches('^(.)\\1$', 'aa'))
})

test('a pattern that would search for ever is ended, and nothing matches it', () => {
  const text = `${'a'.repeat(255)}!`
  for (const endless of ['^(a+)+$', '^(a*)*\\1$', `^${'a*'.repeat(20)}$`]) {
    assert.ok(isPattern(endless))
    assert.ok(!matches(endless, text), endless)
  }
})

test('what is no pattern is told apart, and nothing matches it', () => {
  for (const none of ['(', '[b-a]']) {
    assert.ok(!isPattern(none), none)
    assert.ok(!matches(none, 'a'), none)
  }
})
