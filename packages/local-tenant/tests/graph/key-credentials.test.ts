import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { issueCa } from '../../src/tls/issue.js'
import {
  addCertificate,
  type Changes,
  type ClientCertificate,
  keyCredential,
  makeCertificate,
  signedJwt,
} from '../assertions.js'
import { administer, type GraphClient, type Registered, register } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, type Json, list, type Reply } from '../https-client.js'
import { assertRefused } from './refused.js'

let time: Date
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let app: Registered
let one: ClientCertificate
let two: ClientCertificate
// Not long ago: clients look at the certificate of the tenant by the clock of this machine.
const year = new Date().getUTCFullYear()
const begin = new Date(Date.UTC(year - 1, 0, 1))
const end = new Date(Date.UTC(year + 4, 0, 1))
const soon = new Date(Date.UTC(year + 1, 0, 1))
/** So many seconds after a moment. */
const behind = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1_000).toISOString()
before(async () => {
  time = new Date()
  tenant = await startTenant({ dataFolder: null, port: 0, now: () => time })
  client = connectTo(tenant)
  one = await makeCertificate(begin)
  two = await makeCertificate(begin)
})
beforeEach(async () => {
  time = new Date()
  graph = await administer(client, tenant)
  app = await register(graph, { displayName: 'client' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const path = () => `applications/${app.id}`
const patch = (...keyCredentials: Json[]) => graph.send('PATCH', path(), { keyCredentials })
const keys = async () => list((await graph.get(path()))['keyCredentials'])
const keysInFull = async () => list((await graph.get(`${path()}?$select=keyCredentials`))['keyCredentials'])

test('a certificate is registered with what it says of itself, and shown without its key', async () => {
  await graph.patch(path(), { keyCredentials: [keyCredential(one)] })
  const [shown = {}, ...others] = await keys()
  assert.deepEqual(others, [])
  const { keyId, ...rest } = shown
  assert.match(String(keyId), guidPattern)
  assert.deepEqual(rest, {
    displayName: 'CN=accounts.accesscontrol.windows.net',
    customKeyIdentifier: Buffer.from(one.sha1, 'base64url').toString('base64'),
    startDateTime: begin.toISOString(),
    endDateTime: end.toISOString(),
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    key: null,
  })
})

test('the key is shown only when keyCredentials of a single application are selected', async () => {
  await graph.patch(path(), { keyCredentials: [keyCredential(one)] })
  const [full = {}] = await keysInFull()
  assert.equal(full['key'], one.der.toString('base64'))
  const several = await graph.get(`applications?$select=keyCredentials,id&$filter=appId%20eq%20'${app.appId}'`)
  const [listed = {}] = list(list(several['value'])[0]?.['keyCredentials'])
  assert.equal(listed['key'], null)
})

test('an application can be created with certificates', async () => {
  const created = await graph.post('applications', { displayName: 'with', keyCredentials: [keyCredential(one)] })
  assert.equal(list(created['keyCredentials']).length, 1)
})

test('what the caller says of a certificate is kept: keyId, name, identifier and a shorter time', async () => {
  const said = {
    keyId: randomUUID(),
    displayName: 'build server',
    customKeyIdentifier: Buffer.from('mine').toString('base64'),
    startDateTime: new Date(Date.UTC(year - 1, 1, 1)).toISOString(),
    endDateTime: soon.toISOString(),
  }
  await graph.patch(path(), { keyCredentials: [keyCredential(one, said)] })
  const [shown] = await keys()
  assert.deepEqual(shown, { ...said, type: 'AsymmetricX509Cert', usage: 'Verify', key: null })
})

test('PEM is read as well as DER', async () => {
  const body = one.der.toString('base64').replace(/.{64}/g, '$&\n')
  const pem = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
  await graph.patch(path(), { keyCredentials: [keyCredential({ der: Buffer.from(pem) })] })
  assert.equal((await keysInFull())[0]?.['key'], one.der.toString('base64'))
})

test('the collection is replaced whole: what is sent back without its key is kept, what is left out is gone', async () => {
  await graph.patch(path(), { keyCredentials: [keyCredential(one), keyCredential(two)] })
  const [first = {}, second = {}] = await keys()
  await graph.patch(path(), { keyCredentials: [second, first] })
  assert.deepEqual(await keys(), [second, first])
  const third = await makeCertificate(begin)
  await graph.patch(path(), { keyCredentials: [second, keyCredential(third)] })
  assert.deepEqual((await keys()).map(({ keyId }) => keyId).slice(0, 1), [second['keyId']])
  assert.deepEqual(
    (await keysInFull()).map(({ key }) => key),
    [two.der.toString('base64'), third.der.toString('base64')],
  )
  const [whole = {}] = await keysInFull()
  await graph.patch(path(), { keyCredentials: [whole] })
  await graph.patch(path(), { displayName: 'renamed' })
  assert.deepEqual(await keysInFull(), [whole], 'a change of something else leaves them alone')
  await graph.patch(path(), { keyCredentials: [] })
  assert.deepEqual(await keys(), [])
})

const expectedKey =
  'Key credential value is invalid: an X.509 certificate, DER or PEM, with an RSA key of 2048 to 8192 bits was expected.'
const expectedId =
  'Key credential value is invalid: an entry without a key needs the keyId of a credential that the application has.'
const bareKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' })
const invalidKeys: Record<string, [entry: () => Json | Promise<Json>, code: string, message: string]> = {
  'a bare public key': [() => keyCredential({ der: bareKey }), 'KeyCredentialsInvalidValue', expectedKey],
  'bytes that are nothing': [() => keyCredential({ der: Buffer.from('x') }), 'KeyCredentialsInvalidValue', expectedKey],
  'a certificate with an elliptic curve': [
    async () => keyCredential({ der: Buffer.from((await issueCa(begin)).root) }),
    'KeyCredentialsInvalidValue',
    expectedKey,
  ],
  'no key and no keyId': [() => ({ ...keyCredential(one), key: null }), 'KeyCredentialsInvalidValue', expectedId],
  'an unknown keyId': [
    () => ({ ...keyCredential(one), key: null, keyId: randomUUID() }),
    'KeyCredentialsInvalidValue',
    expectedId,
  ],
  'an end after the certificate’s': [
    () => keyCredential(one, { endDateTime: behind(end, 1) }),
    'KeyCredentialsInvalidEndDate',
    'Key credential end date is invalid.',
  ],
  'an end before its own start': [
    () => keyCredential(one, { startDateTime: soon.toISOString(), endDateTime: soon.toISOString() }),
    'KeyCredentialsInvalidEndDate',
    'Key credential end date is invalid.',
  ],
  'a start before the certificate’s': [
    () => keyCredential(one, { startDateTime: behind(begin, -1) }),
    'KeyCredentialsInvalidStartDate',
    'Key credential start date is invalid.',
  ],
  'another type': [
    () => keyCredential(one, { type: 'X509CertAndPassword' }),
    'Request_BadRequest',
    "Invalid value specified for property 'keyCredentials[0].type': one of AsymmetricX509Cert was expected.",
  ],
  'another usage': [
    () => keyCredential(one, { usage: 'Sign' }),
    'Request_BadRequest',
    "Invalid value specified for property 'keyCredentials[0].usage': one of Verify was expected.",
  ],
  'a key that is not base64': [
    () => keyCredential(one, { key: 'not base64' }),
    'Request_BadRequest',
    "Invalid value specified for property 'keyCredentials[0].key': base64 of at most 8192 bytes was expected.",
  ],
  'a property it does not have': [
    () => keyCredential(one, { thumbprint: 'x' }),
    'Request_BadRequest',
    "Could not find a property named 'thumbprint' on type 'microsoft.graph.keyCredential'.",
  ],
}
for (const [name, [entry, code, message]] of Object.entries(invalidKeys)) {
  test(`a key credential is refused and nothing changes: ${name}`, async () => {
    await graph.patch(path(), { keyCredentials: [keyCredential(two)] })
    const unchanged = await keys()
    const send = { displayName: 'renamed', keyCredentials: [await entry()] }
    assertRefused(await graph.send('PATCH', path(), send), 400, code, message)
    assert.deepEqual(await keys(), unchanged)
    assert.equal((await graph.get(path()))['displayName'], 'client')
  })
}

test('one keyId stands for one certificate', async () => {
  const keyId = randomUUID()
  const twice = await patch(keyCredential(one, { keyId }), keyCredential(two, { keyId }))
  const message = `Key credential value is invalid: the keyId ${keyId} stands there twice.`
  assertRefused(twice, 400, 'KeyCredentialsInvalidValue', message)
  await graph.patch(path(), { keyCredentials: [keyCredential(one, { keyId })] })
  const changed = await patch(keyCredential(two, { keyId }))
  const refused = `Update to existing credential with KeyId '${keyId}' is not allowed.`
  assertRefused(changed, 400, 'Request_BadRequest', refused)
})

function proofBy(certificate: ClientCertificate, { header = {}, claims = {} }: Changes = {}): string {
  const nbf = Math.floor(time.getTime() / 1000)
  return signedJwt(
    { alg: 'RS256', typ: 'JWT', x5t: certificate.sha1, ...header },
    { aud: '00000002-0000-0000-c000-000000000000', iss: app.id, nbf, exp: nbf + 600, ...claims },
    certificate.privateKey,
  )
}

const addKey = (proof: unknown, more: Json = {}) =>
  graph.send('POST', `${path()}/addKey`, {
    keyCredential: keyCredential(two),
    passwordCredential: null,
    proof,
    ...more,
  })

test('addKey adds a certificate on the word of one that is registered, and removeKey takes it away again', async () => {
  await addCertificate(graph, app.id, one)
  const reply = await addKey(proofBy(one))
  assert.equal(reply.status, 200, reply.text)
  const { keyId, '@odata.context': context, ...rest } = reply.body
  assert.equal(context, `${tenant.graph}/$metadata#microsoft.graph.keyCredential`)
  assert.deepEqual({ ...(await keys())[1] }, { ...rest, keyId })
  const removed = await graph.send('POST', `${path()}/removeKey`, { keyId, proof: proofBy(two) })
  assert.equal(removed.status, 204, removed.text)
  assert.equal((await keys()).length, 1)
  const again = await graph.send('POST', `${path()}/removeKey`, { keyId, proof: proofBy(one) })
  assertRefused(again, 400, 'Request_BadRequest', `No key credential found with keyId '${String(keyId)}'.`)
})

const badProofs: Record<string, () => string | Promise<string>> = {
  'no JWT': () => 'x',
  'signed by a certificate that is not registered': () => proofBy(two),
  'signed by another under a registered name': () => proofBy(two, { header: { x5t: one.sha1 } }),
  'without the name of a certificate': () => proofBy(one, { header: { x5t: undefined } }),
  'with alg none': () => proofBy(one, { header: { alg: 'none' } }),
  'for another audience': () => proofBy(one, { claims: { aud: '00000003-0000-0000-c000-000000000000' } }),
  'by the application id in place of the object id': () => proofBy(one, { claims: { iss: app.appId } }),
  'without an end': () => proofBy(one, { claims: { exp: undefined } }),
  'without a beginning': () => proofBy(one, { claims: { nbf: undefined } }),
  'valid for more than ten minutes': () => proofBy(one, { claims: { exp: Math.floor(time.getTime() / 1000) + 601 } }),
  'that has ended': () => {
    const nbf = Math.floor(time.getTime() / 1000) - 900
    return proofBy(one, { claims: { nbf, exp: nbf + 600 } })
  },
  'that has not begun': () => {
    const nbf = Math.floor(time.getTime() / 1000) + 301
    return proofBy(one, { claims: { nbf, exp: nbf + 600 } })
  },
}
for (const [name, make] of Object.entries(badProofs)) {
  test(`a proof of possession is refused: ${name}`, async () => {
    const keyId = await addCertificate(graph, app.id, one)
    const proof = await make()
    for (const reply of [await addKey(proof), await graph.send('POST', `${path()}/removeKey`, { keyId, proof })]) {
      assertUnproved(reply)
    }
    assert.equal((await keys()).length, 1)
  })
}

function assertUnproved(reply: Reply): void {
  assertRefused(reply, 401, 'Authentication_MissingOrMalformed', 'Access Token missing or malformed.')
}

test('a certificate whose time is over proves nothing any more', async () => {
  await graph.patch(path(), { keyCredentials: [keyCredential(one, { endDateTime: soon.toISOString() })] })
  time = soon
  graph = await administer(client, tenant)
  assertUnproved(await addKey(proofBy(one)))
})

test('an application without certificates cannot add its first one by addKey', async () => {
  assertUnproved(await addKey(proofBy(two)))
})

test('addKey takes a certificate without a password, and nothing that is no certificate', async () => {
  await addCertificate(graph, app.id, one)
  const password = await addKey(proofBy(one), { passwordCredential: { secretText: 'x' } })
  const message =
    "Invalid value specified for property 'passwordCredential': a certificate for verifying has no password."
  assertRefused(password, 400, 'Request_BadRequest', message)
  const noKey = await addKey(proofBy(one), { keyCredential: { ...keyCredential(two), key: null } })
  assertRefused(noKey, 400, 'KeyCredentialsInvalidValue', expectedId)
  const noProof = await addKey(undefined)
  assertRefused(noProof, 400, 'Request_BadRequest', "Property 'proof' is required.")
})

test('the certificates of one application are none of another’s', async () => {
  await addCertificate(graph, app.id, one)
  const other = await register(graph, { displayName: 'other' })
  assert.deepEqual((await graph.get(`applications/${other.id}`))['keyCredentials'], [])
  assert.equal((await keys()).length, 1)
})
