import assert from 'node:assert/strict'
import test from 'node:test'
import { authorityHosts, readSettings, SettingsError, writtenSettings } from '../../src/settings/settings.js'

const tenant = '0a1b2c3d-0000-4000-8000-000000000001'
const good = {
  AUTHORITY: `https://contoso.ciamlogin.com/${tenant}`,
  CLIENT_ID: '0a1b2c3d-0000-4000-8000-000000000002',
  SCOPES:
    'api://0a1b2c3d-0000-4000-8000-000000000003/ToDoList.Read api://0a1b2c3d-0000-4000-8000-000000000003/ToDoList.ReadWrite',
  API_ENDPOINT: 'https://localhost:44351/api/todolist',
}

test('settings are read, and read again from how they are written', () => {
  const settings = readSettings({ ...good, CA_FILE: 'of no interest' }, 'the environment')
  assert.equal(settings.authority, good.AUTHORITY)
  assert.equal(settings.scopes.length, 2)
  assert.deepEqual(writtenSettings(settings), good)
  assert.deepEqual(readSettings(writtenSettings(settings), 'settings.json'), settings)
})

test('the form of the tenant’s address does not matter, as long as its id is in it', () => {
  const authority = `https://localhost:8443/${tenant.toUpperCase()}/`
  assert.equal(readSettings({ ...good, AUTHORITY: authority }, 'here').authority, `https://localhost:8443/${tenant}`)
})

test('everything missing, wrong or left as Microsoft’s sample has it is named at once, with what to put there', () => {
  const wrong: Record<string, readonly unknown[]> = {
    AUTHORITY: [
      undefined,
      '',
      'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/',
      'https://contoso.ciamlogin.com/',
      `http://localhost:8443/${tenant}`,
      `https://user@localhost/${tenant}`,
      'https://<subdomain>.ciamlogin.com/<tenant id>',
      7,
    ],
    CLIENT_ID: ['Enter_the_Application_Id_Here', 'your-client-id', 'not a GUID', '0'.repeat(5000)],
    SCOPES: [
      'ToDoList.Read',
      'api://Enter_the_Web_Api_Application_Id_Here/.default',
      'api://one/Read api://other/Read',
    ],
    API_ENDPOINT: ['http://localhost/api/todolist', 'https://localhost/api/todolist?x=1', 'todolist'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const read = () => readSettings({ ...good, [name]: value }, 'settings.json')
      assert.throws(read, (error) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, new RegExp(`^${name} in settings\\.json [^;]+; put [^;]+\\.$`))
        return true
      })
    }
  }
  assert.throws(() => readSettings({}, 'here'), /AUTHORITY.*CLIENT_ID.*SCOPES.*API_ENDPOINT/)
})

test('a tenant in the cloud answers at its name and at its id, a local one at its address', () => {
  const hosts = (authority: string) => authorityHosts(readSettings({ ...good, AUTHORITY: authority }, 'here'))
  assert.deepEqual(hosts(good.AUTHORITY), ['contoso.ciamlogin.com', `${tenant}.ciamlogin.com`])
  assert.deepEqual(hosts(`https://${tenant}.ciamlogin.com/${tenant}`), [`${tenant}.ciamlogin.com`])
  assert.deepEqual(hosts(`https://localhost:8443/${tenant}`), ['localhost:8443'])
})
