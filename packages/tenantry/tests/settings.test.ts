import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readDeclaration } from '@tenantry/app-registration/declaration'
import { apiEnvironment, type apiSettings } from '../src/settings.js'
import { tutorialApps, tutorialAppsWithWeb, webName } from '../src/tutorial/apps.js'

test('no setting of the API in the shell reaches the API that is started here, whichever it is', () => {
  const names = apiSettingNames()
  assert.ok(names.includes('DATABASE_URL') && names.includes('PORT') && names.length > 15)
  const shell = { ...Object.fromEntries(names.map((name) => [name, 'of some other API'])), HOME: '/home/somebody' }
  const given = {
    ...{ AUTHORITY: 'a', TENANT_ID: 't', CLIENT_ID: 'c', DATABASE_FILE: 'd', HOST: 'h' },
    ...{ PORT: '1', TLS_CERT_FILE: 'x', TLS_KEY_FILE: 'k', CA_FILE: 'f', CORS_ORIGINS: 'o' },
  } satisfies ReturnType<typeof apiSettings>
  assert.deepEqual(apiEnvironment(shell, given), { HOME: '/home/somebody', ...given })
})

/** As the table in the API's README names them. */
function apiSettingNames(): string[] {
  const readme = readFileSync(join(import.meta.dirname, '../../../../apps/todolist-api/README.md'), 'utf8')
  const [, settings = ''] = readme.split('\n## Settings\n')
  const [table = ''] = settings.split('\n## ')
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name))
}

test('the declaration with the web app is the tutorial’s and one application more, which users consent to nothing in', () => {
  const { applications } = tutorialAppsWithWeb('https://localhost:4711')
  assert.deepEqual(applications.slice(0, -1), tutorialApps().applications)
  const web = applications.at(-1)
  assert.equal(web?.uniqueName, webName)
  assert.deepEqual(web?.redirectUris, { spa: ['https://localhost:4711/'] })
  assert.deepEqual([web?.secret, web?.permissions?.map(({ consent }) => consent)], [undefined, [true]])
  const file = join(import.meta.dirname, '../../with-web.apps.json')
  const declared = readDeclaration(readFileSync(file, 'utf8'), file, () => '')
  assert.deepEqual(tutorialAppsWithWeb('https://localhost:3443'), { applications: declared.applications })
})
