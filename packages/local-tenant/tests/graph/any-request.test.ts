import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as fc from 'fast-check'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, type HttpsClient, object } from '../https-client.js'

const faults: unknown[] = []
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, onFault: (error) => faults.push(error) })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.constantFrom(null, -0, 1e300, '\ud800', '\0'))
const property = fc.constantFrom(
  'displayName',
  'appId',
  'appRoles',
  'api',
  'web',
  'identifierUris',
  'passwordCredential',
  'tags',
  'onAttributeCollection',
  'conditions',
  'mailNickname',
  'extension_00000000000000000000000000000000_x',
  'id',
)
const body = fc.oneof(fc.dictionary(property, value, { maxKeys: 3 }), value)
const segment = fc.oneof(
  fc.constantFrom(
    'applications',
    'servicePrincipals',
    'addPassword',
    'appRoleAssignedTo',
    'users',
    'owners',
    '$ref',
    '$count',
    '$batch',
    'me',
    'directory',
    'deletedItems',
    'oauth2PermissionGrants',
    'auditLogs',
    'groups',
    'members',
    'getMemberObjects',
    'identity',
    'authenticationEventsFlows',
    'userFlowAttributes',
    'directoryAudits',
    "applications(appId='x')",
    "applications(uniqueName='%27')",
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map(encodeURIComponent),
)
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'))
const option = fc.constantFrom('$filter', '$select', '$top', '$skiptoken', '$expand', '$orderby', '$count', '$search')
const query = fc
  .dictionary(option, fc.string({ unit: 'binary', maxLength: 20 }), { maxKeys: 2 })
  .map((options) => new URLSearchParams(options).toString())
const method = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE')
const preference = fc.constantFrom('create-if-missing', 'return=minimal')

test('500 arbitrary requests of an administrator to Graph are served or refused in its shape, and none is a fault', async () => {
  const anyRequest = fc.asyncProperty(
    method,
    path,
    query,
    body,
    preference,
    async (verb, where, options, sent, prefer) => {
      const reply = await graph.send(verb, `${where}?${options}`, sent, { prefer })
      assert.ok(reply.status < 500, `${reply.status} ${reply.text}`)
      if (reply.status < 400) return
      const { code, message } = object(reply.body['error'])
      assert.match(String(code), /^[A-Za-z_]+$/)
      assert.ok(typeof message === 'string' && message.length > 0 && message.length < 9_000)
    },
  )
  await fc.assert(anyRequest, { numRuns: 500 })
  assert.deepEqual(faults, [])
})
