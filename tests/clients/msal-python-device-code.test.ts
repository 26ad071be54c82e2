import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '@tenantry/local-tenant'
import { newFolder } from '../journey/programs.js'
import { howToInstall, installed, sourcesOf } from './installed.js'
import { runToEnd } from './program.js'

const python = installed('python')
const skip = python === undefined ? howToInstall : false
const data = newFolder()
let tenant: Tenant
let notes: AddedApp
let user: AddedUser

before(async () => {
  if (skip !== false) return
  tenant = await startTenant({ dataFolder: data, port: 0 })
  notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read'] })
  user = await tenant.users.add({ displayName: 'Cora Lind', email: 'cora@example.com' })
})
after(async () => {
  await tenant?.close()
  rmSync(data, { recursive: true, force: true })
})

/** What the program says of a sign-in for which somebody enters the code that it shows. */
async function signIn(clientId: string): Promise<Record<string, unknown>> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    REQUESTS_CA_BUNDLE: join(data, 'ca.pem'),
    AUTHORITY: tenant.authority,
    CLIENT_ID: clientId,
    SCOPE: `${notes.identifierUri}/Notes.Read`,
  }
  const program = [join(python ?? '', 'venv/bin/python'), join(sourcesOf('python'), 'device_code.py')]
  const enter = (text: string) => {
    const [deviceCode] = /\b[A-Z0-9]{9}\b/.exec(text) ?? []
    if (deviceCode !== undefined) tenant.users.signIn(user.objectId, { deviceCode })
  }
  const { code, stdout, stderr } = await runToEnd(program, env, { onStderr: enter })
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

test('MSAL Python signs a user in by device code, keeps the token and renews it', { skip }, async () => {
  const delegatedGrants = [{ api: notes.appId, scopes: ['Notes.Read'] }]
  const cli = tenant.apps.add({ displayName: 'cli', publicClient: true, delegatedGrants })
  assert.deepEqual(await signIn(cli.appId), {
    outcome: 'token',
    username: 'cora@example.com',
    name: 'Cora Lind',
    cached: true,
    renewed: true,
    scope: `${notes.identifierUri}/Notes.Read`,
  })
})

test('MSAL Python hears that nobody consented', { skip }, async () => {
  const cli = tenant.apps.add({ displayName: 'cli without consent', publicClient: true })
  assert.deepEqual(await signIn(cli.appId), { outcome: 'refused', error: 'invalid_grant', codes: [65001] })
})
