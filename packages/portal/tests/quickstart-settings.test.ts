import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchOf } from '../src/graph/search-of.js'
import { kinds, type Quickstart, settingsFor } from '../src/pages/application/quickstart-settings.js'

const registered = {
  origin: 'https://localhost:8443',
  tenantId: '11111111-1111-1111-1111-111111111111',
  clientId: '22222222-2222-2222-2222-222222222222',
  scope: 'api://33333333-3333-3333-3333-333333333333/.default',
}

test('the settings of every program name the authority and the client, and those of clients the scope', () => {
  for (const kind of Object.keys(kinds) as Quickstart[]) {
    const text = settingsFor(kind, registered)
    assert.ok(text.includes(`${registered.origin}/${registered.tenantId}`), kind)
    assert.ok(text.includes(registered.clientId), kind)
    assert.equal(text.includes(registered.scope), kind !== 'api', kind)
    assert.ok(text.includes('ca.pem'), kind)
  }
})

test('a search is by application ID where it is one, and otherwise by how the name begins, with quotes doubled', () => {
  assert.equal(searchOf(''), '')
  const id = registered.clientId
  assert.equal(decodeURIComponent(searchOf(id)), `&$filter=appId eq '${id}'`)
  assert.equal(decodeURIComponent(searchOf("Ada's & co")), "&$filter=startswith(displayName,'Ada''s & co')")
})
