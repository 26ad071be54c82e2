import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceCodes, pollAs } from '../device.js'
import { administer } from '../graph-client.js'
import { guidPattern, text } from '../https-client.js'
import { claimsOf } from '../token-client.js'
import { assertRefused, control, given } from './asking.js'

test('a user is added with a random password and is there for Graph', async () => {
  await using here = await given()
  const { tenant, client } = here
  const added = await tenant.users.add({ displayName: 'Alex', name: 'alex' })
  assert.match(added.objectId, guidPattern)
  assert.equal(added.userPrincipalName, 'alex@contoso.onmicrosoft.com')
  assert.equal(added.signInName, added.userPrincipalName)
  assert.match(added.password, /^Aa1-\w{20}$/)
  const other = await tenant.users.add({ displayName: 'Bea', email: 'bea@example.com', password: 'Sunny-Day-7' })
  assert.deepEqual([other.signInName, other.password], ['bea@example.com', 'Sunny-Day-7'])
  const graph = await administer(client, tenant)
  const shown = await graph.get(`users/${other.objectId}?$select=mail,userPrincipalName`)
  assert.deepEqual([shown['mail'], shown['userPrincipalName']], ['bea@example.com', other.userPrincipalName])
})

test('a user without a name or with two, with a weak password, or whose name is taken leaves nothing behind', async () => {
  await using here = await given()
  const { users } = here.tenant
  await users.add({ displayName: 'Alex', name: 'alex' })
  const before = here.tenant.export()
  const wrong = { name: 'ControlRefusal', code: 'invalid_request', message: /either a 'name'/ }
  await assert.rejects(users.add({ displayName: 'x' }), wrong)
  await assert.rejects(users.add({ displayName: 'x', name: 'x', email: 'x@example.com' }), wrong)
  await assert.rejects(users.add({ displayName: 'x', name: 'x', password: 'short' }), { name: 'DirectoryRefusal' })
  await assert.rejects(users.add({ displayName: 'x', name: 'alex' }), { name: 'DirectoryRefusal' })
  await assert.rejects(users.add({ displayName: 'x', email: 'no address' }), { name: 'DirectoryRefusal' })
  assert.deepEqual(here.tenant.export(), before)
})

test('an export holds the hash of the password and the directory roles, and they survive a restore', async () => {
  await using here = await given()
  const { tenant } = here
  const roles = ['globalAdministrator'] as const
  const { password } = await tenant.users.add({ displayName: 'Ada', name: 'ada', directoryRoles: roles })
  const snapshot = tenant.snapshot()
  assert.ok(!JSON.stringify(snapshot).includes(password))
  assert.deepEqual(
    snapshot.users.map(({ directoryRoles }) => directoryRoles),
    [['62e90394-69f5-4237-9190-012177145e10']],
  )
  tenant.reset()
  assert.deepEqual(tenant.export().users, [])
  tenant.restore(snapshot)
  assert.deepEqual(tenant.export().users, snapshot.users)
})

test('a directory role is deleted with its user and restored with it', async () => {
  await using here = await given()
  const { tenant, client } = here
  const graph = await administer(client, tenant)
  const { objectId } = await tenant.users.add({
    displayName: 'Ada',
    name: 'ada',
    directoryRoles: ['userAdministrator'],
  })
  const before = tenant.export().users
  assert.equal((await graph.send('DELETE', `users/${objectId}`)).status, 204)
  await graph.post(`directory/deletedItems/${objectId}/restore`, {})
  assert.deepEqual(tenant.export().users, before)
})

test('nobody is signed in by a wrong name, a wrong code or a disabled account', async () => {
  await using here = await given()
  const { tenant, client } = here
  const app = tenant.apps.add({ displayName: 'cli', publicClient: true })
  const { objectId } = await tenant.users.add({ displayName: 'Off', name: 'off', enabled: false })
  const { userCode } = await deviceCodes(here, app.appId, 'openid')
  const signIn = (user: string, deviceCode: string) => () => tenant.users.signIn(user, { deviceCode })
  assert.throws(signIn('nobody', userCode), { code: 'unknown_user', message: /'nobody'/ })
  assert.throws(signIn(objectId, userCode), { code: 'unknown_user', message: 'The account of Off is disabled.' })
  const on = await tenant.users.add({ displayName: 'On', name: 'on' })
  assert.throws(signIn(on.objectId, 'WRONG'), { code: 'unknown_code', message: /mistyped, used or expired/ })
  tenant.clock.advance({ minutes: 15 })
  assert.throws(signIn(on.objectId, userCode), { code: 'unknown_code' })
  client.close()
})

test('an application is added with delegated permissions, and one that is not offered leaves nothing behind', async () => {
  await using here = await given()
  const { tenant } = here
  const notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read'] })
  assert.equal(notes.identifierUri, `api://${notes.appId}`)
  const before = tenant.export()
  const delegatedGrants = [{ api: notes.appId, scopes: ['Notes.Read', 'Notes.Write'] }]
  assert.throws(() => tenant.apps.add({ displayName: 'x', delegatedGrants }), {
    name: 'ControlRefusal',
    code: 'unknown_scope',
    message: "notes offers no scope 'Notes.Write', but: Notes.Read.",
  })
  assert.deepEqual(tenant.export(), before)
})

test('the plane adds users and signs them in', async () => {
  await using here = await given()
  const { tenant } = here
  const app = await control(here, 'POST', 'apps', { displayName: 'cli', publicClient: true })
  const added = await control(here, 'POST', 'users', {
    displayName: 'Alex',
    name: 'alex',
    directoryRoles: ['applicationAdministrator'],
  })
  assert.equal(added.status, 200, added.text)
  const { userCode, deviceCode } = await deviceCodes(here, text(app.body, 'appId'), 'openid')
  const done = await control(here, 'POST', 'users/sign-in', {
    user: 'alex@contoso.onmicrosoft.com',
    deviceCode: userCode,
  })
  assert.equal(done.status, 204, done.text)
  const claims = claimsOf(await pollAs({ tenant, client: here.client }, text(app.body, 'appId'), deviceCode))
  assert.deepEqual(claims['wids'], ['9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3'])
  const again = await control(here, 'POST', 'users/sign-in', {
    user: text(added.body, 'objectId'),
    deviceCode: userCode,
  })
  assertRefused(again, 404, 'unknown_code', /No device waits/)
  const nobody = await control(here, 'POST', 'users/sign-in', { user: 'x', deviceCode: userCode })
  assertRefused(nobody, 404, 'unknown_user', /'x'/)
  assertRefused(await control(here, 'POST', 'users', { name: 'x' }), 400, 'invalid_request', /displayName/)
  assertRefused(await control(here, 'POST', 'users/sign-in', { user: 'x' }), 400, 'invalid_request', /deviceCode/)
  const role = await control(here, 'POST', 'users', { displayName: 'x', name: 'x', directoryRoles: ['boss'] })
  assertRefused(role, 400, 'invalid_request', /directoryRoles\[0\]/)
})
