import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSeedSet, SeedRefused } from '../../src/seeding/seed-set.js'

const owner = 'a11ce000-0000-4000-8000-000000000001'

test('a set is a list of owners and descriptions; owners become lower case, descriptions are trimmed', () => {
  const text = JSON.stringify([
    { owner: owner.toUpperCase(), description: ' Pick up grocery ' },
    { description: 'Water plants', owner },
  ])
  assert.deepEqual(readSeedSet(Buffer.from(text)), [
    { owner, description: 'Pick up grocery' },
    { owner, description: 'Water plants' },
  ])
  assert.deepEqual(readSeedSet(Buffer.from('[]')), [])
})

const good = { owner, description: 'fine' }
const rule = 'a text of 1 to 1000 characters that is not blank and has no control characters'
const refused: [string, unknown, string][] = [
  ['an object', good, 'the set is not a JSON array'],
  ['null among the elements', [good, null], 'element 1 is not an object with owner and description'],
  ['an array among the elements', [[]], 'element 0 is not an object with owner and description'],
  ['an unknown member', [good, { ...good, id: 1 }], 'element 1 has members besides owner and description'],
  ['a missing owner', [{ description: 'x' }], 'the owner of element 0 is not a GUID'],
  ['an owner that is no GUID', [good, good, { ...good, owner: 'alice' }], 'the owner of element 2 is not a GUID'],
  ['a missing description', [{ owner }], `the description of element 0 is not ${rule}`],
  ['a blank description', [good, { owner, description: '  ' }], `the description of element 1 is not ${rule}`],
  ['a long description', [{ owner, description: 'x'.repeat(1001) }], `the description of element 0 is not ${rule}`],
  ['a control character', [{ owner, description: 'a\tb' }], `the description of element 0 is not ${rule}`],
]

for (const [what, set, message] of refused) {
  test(`a set with ${what} is refused whole and the element named`, () => {
    assert.throws(
      () => readSeedSet(Buffer.from(JSON.stringify(set))),
      (error) => error instanceof SeedRefused && error.message === message,
    )
  })
}

for (const [what, bytes] of [
  ['that is not JSON', Buffer.from('[{"owner": s3cr3t')],
  ['that is not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
] as const) {
  test(`text ${what} is refused without being quoted`, () => {
    assert.throws(
      () => readSeedSet(bytes),
      (error) => error instanceof SeedRefused && error.message === 'the set is not JSON in UTF-8',
    )
  })
}
