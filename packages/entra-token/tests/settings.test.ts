import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { definePermissions } from '../src/permissions.js'
import { readSettings } from '../src/settings.js'
import { createTokenVerifier } from '../src/verifier.js'
import { apiId, daemonId, options, tenantId } from './test-tenant.js'

test('good options become settings, with GUIDs in lower case and 60 seconds of skew', () => {
  const settings = readSettings({
    ...options,
    authority: `https://contoso.ciamlogin.com/${tenantId}/`,
    tenantId: tenantId.toUpperCase(),
    audience: [apiId.toUpperCase(), 'api://Kept/As/Written'],
    allowedApps: [daemonId.toUpperCase()],
  })
  assert.equal(settings.authority.url.href, `https://contoso.ciamlogin.com/${tenantId}`)
  assert.equal(settings.tenants.only, tenantId)
  assert.deepEqual([...settings.audiences], [apiId, 'api://Kept/As/Written'])
  assert.deepEqual([...(settings.allowedApps ?? [])], [daemonId])
  assert.equal(settings.clockSkewSeconds, 60)
})

test('a tenant may be named by its domain in the authority', () => {
  const authority = 'https://contoso.ciamlogin.com/contoso.onmicrosoft.com'
  assert.equal(readSettings({ ...options, authority }).authority.url.href, authority)
})

suite('an option that is missing or a placeholder refuses to start, and says what to write', () => {
  const host = 'https://localhost:8443'
  const refused: Record<string, [Record<string, unknown>, RegExp]> = {
    'no tenant': [{ tenantId: undefined }, /^tenantId: undefined is not a GUID/],
    'a placeholder as tenant': [
      { tenantId: 'Enter_the_Tenant_Id_Here' },
      /^tenantId: "Enter_the_Tenant_Id_Here" is not a/,
    ],
    'no audience': [{ audience: undefined }, /^audience: undefined is neither/],
    'an empty list of audiences': [{ audience: [] }, /^audience: name at least one/],
    'a placeholder as audience': [{ audience: 'Enter_the_Application_Id_Here' }, /^audience: .* is neither/],
    'permissions of another make': [
      { permissions: { scopes: [], roles: [] } },
      /^permissions: pass what definePermissions/,
    ],
    'nothing about allowed applications': [{ allowedApps: undefined }, /^allowedApps: .*or say null/],
    'an empty list of allowed applications': [{ allowedApps: [] }, /^allowedApps: .*or say null/],
    'an application that is no GUID': [{ allowedApps: ['daemon'] }, /^allowedApps: "daemon" is not a GUID/],
    'no authority': [{ authority: undefined }, /^authority: undefined must be an https address/],
    'an authority over http': [{ authority: `http://localhost/${tenantId}` }, /must be an https address/],
    'an authority without tenant': [{ authority: 'https://contoso.ciamlogin.com/' }, /in its path: add \/11111111-/],
    'an authority with too much path': [{ authority: `${host}/${tenantId}/v2.0` }, /must end after the tenant/],
    'an authority for every tenant': [{ authority: 'https://login.microsoftonline.com/common' }, /instead of common/],
    'an authority of another tenant': [{ authority: `${host}/${apiId}` }, /names another tenant than tenantId/],
    'an authority with a password': [
      { authority: `https://a:b@localhost/${tenantId}` },
      /neither user, query nor fragment/,
    ],
    'an authority with a query': [{ authority: `${host}/${tenantId}?appid=1` }, /neither user, query nor fragment/],
    'a path as CA': [{ ca: '/etc/ssl/ca.pem' }, /^ca: pass the text of a PEM file/],
    'six minutes of skew': [{ clockSkewSeconds: 360 }, /^clockSkewSeconds: 360 is not between 0 and 300/],
    'skew that is no number': [{ clockSkewSeconds: Number.NaN }, /^clockSkewSeconds: NaN/],
  }
  for (const [name, [change, message]] of Object.entries(refused)) {
    test(name, () => {
      const given = Object.assign({}, options, change)
      assert.throws(() => createTokenVerifier(given), { name: 'TypeError', message })
    })
  }
})

test('what is not checked must be said: leaving out allowedApps does not compile', () => {
  const { allowedApps: _, ...rest } = { ...options, permissions: definePermissions({ scopes: ['A'], roles: [] }) }
  // @ts-expect-error allowedApps is mandatory
  assert.throws(() => createTokenVerifier(rest), TypeError)
})
