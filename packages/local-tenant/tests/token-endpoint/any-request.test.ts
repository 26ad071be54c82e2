import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as fc from 'fast-check'
import { startTenant, type Tenant } from '../../src/index.js'
import { connectTo, form, guidPattern, type HttpsClient, type Reply, text } from '../https-client.js'

const faults: unknown[] = []
let tenant: Tenant
let client: HttpsClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, onFault: (error) => faults.push(error) })
  client = connectTo(tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const names = [
  ...['grant_type', 'client_id', 'client_secret', 'scope', 'resource', '__proto__', ''],
  ...['client_assertion', 'client_assertion', 'client_assertion_type'],
]
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const member = fc.oneof(
  fc.constantFrom('RS256', 'PS256', 'none', 'JWT', 'https://localhost:1', '$id', 0, 1e300, null, '9'.repeat(12)),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const jsonObject = fc.dictionary(
  fc.constantFrom('alg', 'typ', 'kid', 'x5t', 'x5t#S256', 'crit', 'iss', 'sub', 'aud', 'exp', 'nbf', '__proto__'),
  fc.oneof(member, member, fc.jsonValue()),
)
const jwt = fc
  .tuple(fc.oneof(jsonObject, jsonObject, fc.jsonValue()), fc.oneof(jsonObject, jsonObject, fc.jsonValue()))
  .map((parts) => `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.AAAA`)
const values = fc.oneof(
  fc.constantFrom('client_credentials', 'constructor', '__proto__', '.default', 'x/.default', '0'.repeat(5_000)),
  fc.constantFrom('$id', '00000000-0000-0000-0000-000000000000', 'api://\0/.default', "'; DROP TABLE applications; --"),
  fc.string({ unit: 'binary', maxLength: 40 }),
  jwt,
  fc.constantFrom('.'.repeat(5_000), `${'W'.repeat(9_000)}.e30.`, jwtBearer),
)
/** A request that is whole but for its assertion. */
const asserted = jwt.map((assertion) => (id: string) => {
  const named = { grant_type: 'client_credentials', client_id: id, scope: '.default' }
  return new URLSearchParams({ ...named, client_assertion_type: jwtBearer, client_assertion: assertion }).toString()
})
const formBody = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 8 })), values), { maxLength: 6 })
  .map(
    (pairs) => (id: string) =>
      new URLSearchParams(pairs.map(([n, v]): [string, string] => [n, v === '$id' ? id : v])).toString(),
  )
const body = fc.oneof(
  { weight: 3, arbitrary: formBody },
  { weight: 2, arbitrary: asserted },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => () => bytes) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }).map((sent) => () => sent) },
)
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((c) => c !== 0x7f)
    .map((c) => String.fromCharCode(c)),
  maxLength: 60,
})
const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant(form['content-type']) },
  { weight: 1, arbitrary: fc.constantFrom('application/json', 'multipart/form-data; boundary=x', '') },
  { weight: 1, arbitrary: headerText },
)
const authorization = fc.option(
  fc.oneof(
    headerText,
    fc.string().map((sent) => `Basic ${Buffer.from(sent).toString('base64')}`),
    fc.string().map((sent) => `Bearer ${Buffer.from(sent).toString('base64')}`),
  ),
  { freq: 3 },
)
const tenantName = fc.oneof(
  { weight: 6, arbitrary: fc.constant('$tenant') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('common', 'organizations', 'contoso.onmicrosoft.com', '%00', '%2e%2e', '%c3%28'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((sent) => encodeURIComponent(sent)),
  },
)
const query = fc.option(fc.string({ unit: 'binary', maxLength: 30 }).map((sent) => encodeURIComponent(sent)))
const method = fc.oneof(
  { weight: 9, arbitrary: fc.constant('POST') },
  { weight: 1, arbitrary: fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE') },
)

/** Of `npm run nightly` a hundred thousand, of `npm test` enough to notice. */
const requests = Number(process.env['NIGHTLY_REQUESTS'] ?? 5_000)

test(`${requests} arbitrary requests to the token endpoint are answered with a 4xx in the shape of the service, and none is a fault`, async () => {
  const property = fc.asyncProperty(
    fc.record({ method, tenantName, query, contentType, authorization, correlation: fc.option(headerText), body }),
    async (asked) => {
      const path = `/${asked.tenantName.replace('$tenant', tenant.tenantId)}/oauth2/v2.0/token`
      const headers = {
        'content-type': asked.contentType,
        ...(asked.authorization === null ? {} : { authorization: asked.authorization }),
        ...(asked.correlation === null ? {} : { 'client-request-id': asked.correlation }),
      }
      const message = { headers, body: asked.body(tenant.administrator.clientId) }
      const reply = await client.send(asked.method, asked.query === null ? path : `${path}?${asked.query}`, message)
      checkShape(reply)
    },
  )
  await fc.assert(property, { numRuns: requests })
  assert.deepEqual(faults, [])
})

function checkShape({ status, headers, body: answer }: Reply): void {
  assert.ok(status >= 400 && status < 500, String(status))
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  // A path that is no path at all is refused by the listener, before anybody knows which service it meant.
  if (answer['error_codes'] === undefined) {
    assert.deepEqual(answer, { error: { code: 'BadRequest', message: 'The path is not a valid URL path.' } })
    return
  }
  assert.match(text(answer, 'error'), /^[a-z_]+$/)
  assert.match(
    String(answer['error_description']),
    /^AADSTS\d+: [^\p{C}\p{Zl}\p{Zp}]* Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/u,
  )
  assert.match(String(answer['trace_id']), guidPattern)
  assert.match(String(answer['correlation_id']), guidPattern)
  assert.equal(headers['x-ms-request-id'], answer['trace_id'])
}
