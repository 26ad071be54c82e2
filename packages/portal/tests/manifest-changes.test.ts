import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesIn } from '../src/pages/application/manifest-changes.js'

const application = { '@odata.context': 'x', id: '1', displayName: 'a', api: { requestedAccessTokenVersion: null } }
const { '@odata.context': _, ...shown } = application

test('only what was changed is sent', () => {
  assert.deepEqual(changesIn(application, shown), {})
  const api = { requestedAccessTokenVersion: 2 }
  assert.deepEqual(changesIn(application, { ...shown, api }), { api })
  assert.deepEqual(changesIn(application, { ...shown, notes: 'new' }), { notes: 'new' })
})

test('a member that was taken out and a manifest that is no object are refused', () => {
  const { displayName: __, ...less } = shown
  assert.throws(() => changesIn(application, less), { code: 'missing_member', message: /'displayName' was taken out/ })
  for (const edited of [null, [], 'text', 1]) {
    assert.throws(() => changesIn(application, edited), { code: 'not_an_object', message: /one JSON object/ })
  }
})
