import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openDataFolder } from '@tenantry/local-tenant'
import { adoptedEnvironment } from '../../src/adopt/environment.js'
import { type Adoption, keepAdoption, readAdoptions, usualDataFolder } from '../../src/adopt/record.js'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'adopted environment ')))
after(() => rmSync(root, { recursive: true, force: true }))

const program = (folder: string, variables: Adoption['programs'][number]['variables']) => {
  return { name: folder, folder, uniqueName: folder, appId: 'a', variables, endpoint: null }
}
const adoption: Adoption = {
  folder: root,
  subdomain: 'contoso',
  tenantId: 't',
  authority: 'https://contoso.ciamlogin.com/t',
  programs: [
    program('App', { CLIENT_ID: { text: 'app' }, CLIENT_SECRET: { secretOf: 'App' } }),
    program('API', { CLIENT_ID: { text: 'api' }, OF_API: { text: '1' } }),
  ],
  todolistApi: null,
}
const tenants = [{ tenantId: 't' }]
const data = openDataFolder(join(root, '.tenantry'))
data.write('secrets.json', JSON.stringify({ App: { value: 's3cret' } }))
keepAdoption(data, adoption)

test('a program is given what belongs to its folder, and the secret comes from its file', () => {
  const given = (folder: string) => adoptedEnvironment(data, join(root, folder), {}, tenants)
  assert.deepEqual(given('App'), { variables: { CLIENT_ID: 'app', CLIENT_SECRET: 's3cret' }, notices: [] })
  assert.deepEqual(given('API/bin/Debug'), { variables: { CLIENT_ID: 'api', OF_API: '1' }, notices: [] })
  assert.deepEqual(given('..'), { variables: {}, notices: [] })
  assert.deepEqual(given('Apparently'), given('.'))
  assert.deepEqual(given('.'), {
    variables: { CLIENT_SECRET: 's3cret', OF_API: '1' },
    notices: ['CLIENT_ID is not passed: it is different for App and API. Next: run the program in its own folder'],
  })
})

test('what the user has set stays in force, and is told when it is something else', () => {
  const { variables, notices } = adoptedEnvironment(
    data,
    join(root, 'App'),
    { CLIENT_ID: 'mine', CLIENT_SECRET: 's3cret' },
    tenants,
  )
  assert.deepEqual(
    [variables, notices],
    [{}, ['CLIENT_ID is set in your environment, which is stronger than what was adopted']],
  )
})

test('what is unset on purpose stays so, and nothing is passed beside another tenant', () => {
  const unset = adoptedEnvironment(data, join(root, 'App'), { CLIENT_SECRET: undefined }, tenants)
  assert.deepEqual(unset, { variables: { CLIENT_ID: 'app' }, notices: [] })
  const { variables, notices } = adoptedEnvironment(data, join(root, 'App'), {}, [{ tenantId: 'another' }])
  assert.deepEqual(variables, {})
  assert.match(notices[0] ?? '', /is not passed: its tenant is no longer in .*Next: run tenantry adopt again$/)
})

test('adopting a folder again replaces its record, and a damaged record or secret counts as none', () => {
  const other = { ...adoption, folder: join(root, 'other') }
  keepAdoption(data, other)
  keepAdoption(data, { ...adoption, tenantId: 'u' })
  assert.deepEqual(
    readAdoptions(data).map(({ folder, tenantId }) => [folder, tenantId]),
    [
      [other.folder, 't'],
      [root, 'u'],
    ],
  )
  const broken = openDataFolder(join(root, 'broken'))
  for (const text of ['{', '[]', '{"version":1,"adoptions":{}}', '{"version":1,"adoptions":[{"folder":"/"}]}']) {
    broken.write('adopted.json', text)
    assert.deepEqual(readAdoptions(broken), [])
  }
  keepAdoption(broken, adoption)
  broken.write('secrets.json', 'no json')
  const { variables, notices } = adoptedEnvironment(broken, join(root, 'App'), {}, tenants)
  assert.deepEqual(variables, { CLIENT_ID: 'app' })
  assert.match(
    notices[0] ?? '',
    /^CLIENT_SECRET is not passed: its secret is no longer in .*Next: run tenantry adopt again$/,
  )
})

test('the usual data folder is the one here, or the nearest above that has adopted programs', () => {
  const below = join(root, 'App/src')
  mkdirSync(below, { recursive: true })
  assert.equal(usualDataFolder(below), join(root, '.tenantry'))
  // One that has adopted nothing is somebody's own.
  mkdirSync(join(root, 'API/.tenantry'), { recursive: true })
  mkdirSync(join(root, 'API/src'))
  assert.equal(usualDataFolder(join(root, 'API/src')), join(root, '.tenantry'))
  assert.equal(usualDataFolder(join(root, 'API')), join(root, 'API/.tenantry'))
  assert.equal(usualDataFolder('/'), '/.tenantry')
})
