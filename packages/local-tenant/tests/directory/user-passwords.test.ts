import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openDirectory } from '../../src/directory/directory.js'
import { hashPassword } from '../../src/directory/user-passwords.js'

const first = { subdomain: 'contoso', displayName: 'Contoso', users: [{ name: 'alice', displayName: 'Alice Meyer' }] }
const directory = openDirectory({ file: null, now: () => new Date('2026-11-23T10:00:00Z'), first })
after(() => directory.close())
const { users, userPasswords } = directory
const [alice] = users.all()
assert.ok(alice)
const { objectId, userPrincipalName } = alice

test('a user without a password is refused as one with a wrong one is', async () => {
  assert.equal(await userPasswords.check(objectId, 'Tuesday-Piano-7'), 'wrong')
  assert.equal(userPasswords.changed(objectId), null)
})

test('the password that was set is the only one, however its letters are composed', async () => {
  const hash = await hashPassword('Caf\u00e9-Piano-7', userPrincipalName)
  userPasswords.set(objectId, hash, { mustChange: false })
  assert.equal(await userPasswords.check(objectId, 'Cafe\u0301-Piano-7'), 'valid')
  assert.equal(await userPasswords.check(objectId, 'Cafe-Piano-7'), 'wrong')
  assert.equal(userPasswords.changed(objectId), '2026-11-23T10:00:00.000Z')
})

test('a password that has to be changed says so, and setting another one ends it', async () => {
  const hash = await hashPassword('Tuesday-Piano-7', userPrincipalName)
  userPasswords.set(objectId, hash, { mustChange: true })
  assert.equal(await userPasswords.check(objectId, 'Tuesday-Piano-7'), 'must_change')
  assert.equal(await userPasswords.check(objectId, 'wrong'), 'wrong')
  userPasswords.set(objectId, await hashPassword('Sunday-Violin-8', userPrincipalName), { mustChange: false })
  assert.equal(await userPasswords.check(objectId, 'Tuesday-Piano-7'), 'wrong')
  assert.equal(await userPasswords.check(objectId, 'Sunday-Violin-8'), 'valid')
})
