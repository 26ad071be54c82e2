import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareSecret } from '../src/credential-difference.js'
import type { PasswordCredential } from '../src/graph/directory-objects.js'
import type { StoredSecret } from '../src/secrets.js'

const now = new Date('2026-11-23T10:00:00Z')
const wanted = { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 }

function listed(keyId: string, daysLeft: number, displayName: string | null = 'tenantry'): PasswordCredential {
  return { keyId, displayName, endDateTime: new Date(now.getTime() + daysLeft * 86_400_000).toISOString() }
}

function stored(keyId: string): StoredSecret {
  return { keyId, value: 'value', endDateTime: '2099-01-01T00:00:00Z' }
}

function compare(credentials: readonly PasswordCredential[], kept?: StoredSecret) {
  const { create, remove } = compareSecret(wanted, credentials, kept, now)
  return { create, remove: remove.map(({ keyId }) => keyId) }
}

const reasons: readonly (readonly [
  string,
  readonly PasswordCredential[],
  StoredSecret | undefined,
  string | undefined,
])[] = [
  ['that is listed and lasts', [listed('a', 30.1)], stored('a'), undefined],
  ['that nobody stored', [], undefined, 'none is stored'],
  ['that Graph no longer lists', [], stored('a'), 'the stored one no longer exists in the tenant'],
  ['that ends on the day of renewal', [listed('a', 30)], stored('a'), 'the stored one ends in 30 days'],
  ['that ended', [listed('a', -1)], stored('a'), 'the stored one has ended'],
]

for (const [which, credentials, kept, reason] of reasons) {
  const verb = reason === undefined ? 'kept' : 'replaced'
  test(`a secret ${which} is ${verb}`, () => {
    const sentence = reason && `create the client secret "tenantry" for 180 days: ${reason}`
    assert.deepEqual(compare(credentials, kept), { create: sentence, remove: [] })
  })
}

test('what Graph says about the end counts, not what the store says', () => {
  const kept = { ...stored('a'), endDateTime: '2026-11-24T00:00:00Z' }
  assert.equal(compare([listed('a', 100)], kept).create, undefined)
})

test('a secret that was created and never stored is removed when its successor exists', () => {
  const { remove } = compareSecret(wanted, [listed('lost', 179)], undefined, now)
  assert.deepEqual(remove, [
    { keyId: 'lost', sentence: 'remove the client secret "tenantry" (lost): no store holds its value' },
  ])
})

test('a predecessor in its last days stays for the programs that still use it', () => {
  assert.deepEqual(compare([listed('new', 170), listed('old', 20)], stored('new')), { create: undefined, remove: [] })
})

test('a predecessor that has ended is removed', () => {
  const { remove } = compareSecret(wanted, [listed('new', 170), listed('old', -1)], stored('new'), now)
  assert.deepEqual(remove, [{ keyId: 'old', sentence: 'remove the client secret "tenantry" (old): it has ended' }])
})

test('secrets of another name or of none are not touched', () => {
  const credentials = [listed('a', 100), listed('portal', 100, 'from the portal'), listed('unnamed', -5, null)]
  assert.deepEqual(compare(credentials, stored('a')), { create: undefined, remove: [] })
})
