import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { howToInstall, installed } from '../clients/installed.js'
import { administer } from '../registration/administered.js'
import { root } from '../workspaces.js'
import { openRunBench } from './under-run.js'

const bench = await openRunBench()
after(() => bench[Symbol.asyncDispose]())
const { tenant, run, program } = bench
const { tenantId } = tenant
const role = 'ToDoList.Read.All'
const api = tenant.apps.add({ displayName: 'api', appRoles: [role], idtyp: true })
const identity = tenant.apps.add({ displayName: 'a machine', grants: [{ api: api.appId, roles: [role] }] })
const daemon = tenant.apps.add({ displayName: 'daemon', grants: [{ api: api.appId, roles: [role] }] })
tenant.apps.add({ displayName: 'twins' })
tenant.apps.add({ displayName: 'twins' })
// No public address, so its real keys are not even asked for.
const cluster = { issuer: 'https://192.0.2.1/cluster/', subject: 'system:serviceaccount:todo:daemon' }
const graph = administer(tenant)
const audiences = ['api://AzureADTokenExchange']
const trust = (applicationId: string, trusted: typeof cluster) =>
  graph.send({
    method: 'POST',
    path: `/applications/${applicationId}/federatedIdentityCredentials`,
    body: { name: 'trusted', ...trusted, audiences },
  })
await trust(identity.objectId, cluster)
const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
await trust(daemon.objectId, { issuer, subject: identity.servicePrincipalId })

const packages = `import { createRequire } from 'node:module'
const load = createRequire(${JSON.stringify(join(root, 'tests/package.json'))})
const scope = '${api.identifierUri}/.default'
const tell = async (name, token) => console.log(JSON.stringify([name, await token]))
`
const azureIdentity = program(
  'azure-identity.mjs',
  `${packages}
  const { DefaultAzureCredential, ManagedIdentityCredential, WorkloadIdentityCredential } = load('@azure/identity')
  const { ManagedIdentityApplication } = load('@azure/msal-node')
  const get = async (credential) => (await credential.getToken(scope)).token
  await tell('managed', get(new ManagedIdentityCredential()))
  await tell('default', get(new DefaultAzureCredential()))
  if (process.env.AZURE_FEDERATED_TOKEN_FILE) await tell('workload', get(new WorkloadIdentityCredential()))
  else {
    await tell('by client id', get(new ManagedIdentityCredential({ clientId: '${identity.appId}' })))
    await tell('by object id', get(new ManagedIdentityCredential({ objectId: '${identity.servicePrincipalId}' })))
    const stranger = new ManagedIdentityCredential({ clientId: '${daemon.appId}' })
    await tell('stranger', get(stranger).catch(({ message }) => message))
    const result = await new ManagedIdentityApplication().acquireToken({ resource: '${api.identifierUri}' })
    await tell('MSAL', result.accessToken)
  }`,
)

const keys = createLocalJWKSet((await tenantDocument(`/${tenantId}/discovery/v2.0/keys`)) as unknown as JSONWebKeySet)

/** What each part of a program said, by its name; a token as what is in it, once its signature is proved. */
async function told(stdout: string): Promise<Record<string, unknown>> {
  const lines = stdout.trimEnd().split('\n')
  const parts = lines.map(async (line): Promise<[string, unknown]> => {
    const [name, text] = JSON.parse(line) as [string, string]
    if (!text.startsWith('eyJ')) return [name, text]
    const { payload } = await jwtVerify(text, keys)
    const { iss, aud, sub, azp, azpacr, roles, idtyp } = payload
    return [name, { iss, aud, sub, azp, azpacr, roles, idtyp }]
  })
  return Object.fromEntries(await Promise.all(parts))
}

const claims = {
  iss: issuer,
  aud: api.appId,
  sub: identity.servicePrincipalId,
  azp: identity.appId,
  azpacr: '2',
  roles: [role],
  idtyp: 'app',
}

for (const source of ['app-service', 'imds'] as const) {
  const flags = ['--managed-identity', 'a machine', '--identity-source', source]

  test(`the Azure SDK and MSAL Node find the managed identity of ${source}, by whichever id, and no other`, async () => {
    // Whatever the user's own machine says of identities would lead elsewhere.
    const env = {
      MSI_ENDPOINT: 'http://192.0.2.1/',
      MSI_SECRET: 'x',
      AZURE_FEDERATED_TOKEN_FILE: '/none',
      HTTP_PROXY: 'http://127.0.0.1:9',
    }
    const { code, stdout, stderr } = await run([process.execPath, azureIdentity], { flags, env })
    assert.equal(code, 0, stderr)
    const { stranger, ...tokens } = await told(stdout)
    assert.deepEqual(tokens, {
      managed: claims,
      default: claims,
      'by client id': claims,
      'by object id': claims,
      MSAL: claims,
    })
    assert.match(String(stranger), source === 'imds' ? /Identity not found/ : /No managed identity of that ClientId/)
  })

  const python = installed('python')
  test(`MSAL Python finds the managed identity of ${source}`, {
    skip: python === undefined && howToInstall,
  }, async () => {
    const main = program(
      'managed.py',
      `import json, msal, requests
client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
print(json.dumps(["python", client.acquire_token_for_client(resource="${api.identifierUri}")["access_token"]]))`,
    )
    const { code, stdout, stderr } = await run([join(python ?? '', 'venv/bin/python'), main], { flags })
    assert.equal(code, 0, stderr)
    assert.deepEqual(await told(stdout), { python: claims })
  })

  test(`the daemon signs in with the managed identity of ${source}, which its application trusts`, async () => {
    const env = {
      AUTHORITY: `https://contoso.ciamlogin.com/${tenantId}`,
      CLIENT_ID: daemon.appId,
      SCOPES: `${api.identifierUri}/.default`,
      MANAGED_IDENTITY: 'system',
    }
    const { code, stdout, stderr } = await run([process.execPath, join(root, 'apps/daemon'), 'auth', 'whoami'], {
      flags,
      env,
    })
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(daemon.appId))
    assert.match(stdout, new RegExp(role.replaceAll('.', '\\.')))
  })
}

test('a workload identity is a token that the cluster signed which the application trusts, for the run and no longer', async () => {
  const flags = ['--managed-identity', identity.appId, '--identity-source', 'workload']
  const { code, stdout, stderr } = await run([process.execPath, azureIdentity], {
    flags,
    env: { IDENTITY_ENDPOINT: 'http://192.0.2.1/' },
  })
  assert.equal(code, 0, stderr)
  assert.deepEqual(await told(stdout), { managed: claims, default: claims, workload: claims })
  const main = program(
    'assertion.mjs',
    `import { readFileSync } from 'node:fs'
    const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_TENANT_ID: tenant, AZURE_AUTHORITY_HOST: host } = process.env
    console.log(JSON.stringify([host + tenant, readFileSync(file, 'utf8'), file]))`,
  )
  const [authority, assertion = '', file = ''] = JSON.parse(
    (await run([process.execPath, main], { flags })).stdout,
  ) as string[]
  assert.equal(authority, `https://login.microsoftonline.com/${tenantId}`)
  const read = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  assert.deepEqual([read['iss'], read['sub'], read['aud']], [cluster.issuer, cluster.subject, audiences])
  assert.equal(existsSync(file), false)
  // The token outlives the run; that it is believed does not.
  const late = program(
    'late.mjs',
    `const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: '${identity.appId}', scope: '${api.identifierUri}/.default', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: process.env.ASSERTION })
    const answer = await fetch('https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token', { method: 'POST', body })
    console.log(answer.status, (await answer.json()).error)`,
  )
  const { stdout: refused } = await run([process.execPath, late], { env: { ASSERTION: assertion } })
  assert.match(refused, /^[45]\d\d \w+\n$/)
})

const ask = program(
  'ask.mjs',
  `const { IDENTITY_ENDPOINT, IDENTITY_HEADER, AZURE_POD_IDENTITY_AUTHORITY_HOST } = process.env
  import { request } from 'node:http'
  const address = IDENTITY_ENDPOINT ?? AZURE_POD_IDENTITY_AUTHORITY_HOST + '/metadata/identity/oauth2/token'
  const good = IDENTITY_HEADER ? { 'x-identity-header': IDENTITY_HEADER } : { metadata: 'true' }
  const version = IDENTITY_HEADER ? '2019-08-01' : '2018-02-01'
  const send = (query, headers = good, method = 'GET') => new Promise((resolve) => {
    const asked = request(address + '?' + new URLSearchParams(query), { method, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => { text += chunk }).on('end', () => resolve([answer.statusCode, JSON.parse(text)]))
    })
    asked.end()
  })
  const full = { 'api-version': version, resource: '${api.identifierUri}' }
  const [status, { access_token, ...rest }] = await send(full)
  const short = (text) => text.replace(/ Trace ID.*/, '')
  const [nowhere, unknown] = await send({ ...full, resource: 'api://nowhere' })
  console.log(JSON.stringify({
    address,
    good: [status, access_token.split('.').length, rest],
    bare: await send(full, {}),
    wrong: await send(full, { 'x-identity-header': 'x'.repeat(36), metadata: 'True' }),
    forwarded: (await send(full, { ...good, 'x-forwarded-for': '10.0.0.1' }))[0],
    version: await send({ resource: full.resource }),
    resource: await send({ 'api-version': version }),
    stranger: await send({ ...full, client_id: '00000000-0000-4000-8000-000000000000' }),
    byAzureName: (await send({ ...full, mi_res_id: '/subscriptions/x' }))[0],
    unknown: [nowhere, short(unknown.message ?? unknown.error_description)],
    post: (await send(full, good, 'POST'))[0],
    rebound: (await send(full, { ...good, host: 'attacker.example' }))[0],
  }))`,
)

type Said = Record<string, unknown> & { address: string; good: [number, number, Record<string, string>] }
const identityFlags = (source: string) => ['--managed-identity', 'a machine', '--identity-source', source]

test('App Service says what it wants in its own way: the header first, which is compared whole', async () => {
  const { stdout, stderr } = await run([process.execPath, ask], { flags: identityFlags('app-service') })
  const { address, good, ...said } = JSON.parse(stdout || stderr) as Said
  const [status, segments, { expires_on = '', ...rest }] = good
  assert.deepEqual(
    [status, segments, rest],
    [200, 3, { resource: api.identifierUri, token_type: 'Bearer', client_id: identity.appId }],
  )
  assert.match(expires_on, /^\d{10}$/)
  const refusal = (code: number, message: string) => [code, { statusCode: code, message }]
  const header = refusal(401, 'The header X-IDENTITY-HEADER is missing or wrong.')
  assert.deepEqual(said, {
    bare: header,
    wrong: header,
    forwarded: 200,
    version: refusal(400, 'The query parameter api-version is missing.'),
    resource: refusal(400, 'The query parameter resource is missing.'),
    stranger: refusal(400, 'No managed identity of that ClientId, ResourceId or PrincipalId was found.'),
    byAzureName: 400,
    unknown: [
      500,
      `AADSTS500011: The resource principal named api://nowhere was not found in the tenant named ${tenantId}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
    ],
    post: 405,
    rebound: 400,
  })
  await assertClosed(address)
})

test('IMDS says what it wants in its own way, and answers nobody who was sent on by a proxy', async () => {
  const { stdout, stderr } = await run([process.execPath, ask], { flags: identityFlags('imds') })
  const { address, good, unknown, ...said } = JSON.parse(stdout || stderr) as Said
  const [status, segments, { expires_in = '', expires_on = '', not_before = '', ...rest }] = good
  assert.deepEqual(
    [status, segments, rest],
    [200, 3, { refresh_token: '', resource: api.identifierUri, token_type: 'Bearer' }],
  )
  for (const seconds of [expires_in, expires_on, not_before]) assert.match(seconds, /^\d{4,10}$/)
  const refusal = (error: string, error_description: string) => [400, { error, error_description }]
  const header = refusal('bad_request_102', 'Required metadata header not specified')
  assert.deepEqual(said, {
    bare: header,
    wrong: header,
    forwarded: 400,
    version: refusal('invalid_request', "Required query variable 'api-version' is missing"),
    resource: refusal('invalid_request', "Required query variable 'resource' is missing"),
    stranger: refusal('invalid_request', 'Identity not found'),
    byAzureName: 400,
    post: 405,
    rebound: 400,
  })
  assert.match(String(unknown), /^400,AADSTS500011: /)
  await assertClosed(address)
})

test('an application that is not there, is not the only one, or trusts no workload is refused before the program starts', async () => {
  const refused = async (...flags: string[]) => {
    const { code, stdout, stderr } = await run([process.execPath, '-p', '1'], { flags })
    assert.deepEqual([code, stdout], [6, ''])
    return stderr
  }
  assert.equal(
    await refused('--managed-identity', 'no: body'),
    '✗ --managed-identity: no application has the id or display name "no: body". Next: register it first.\n',
  )
  assert.equal(
    await refused('--managed-identity', 'twins'),
    '✗ --managed-identity: 2 applications have the display name "twins". Next: name one by its id.\n',
  )
  assert.match(
    await refused('--managed-identity', 'api', '--identity-source', 'workload'),
    /^✗ --managed-identity: the application "api" has no federated identity credential, so it trusts no workload\. Next: register one with/,
  )
  assert.deepEqual(
    readdirSync(bench.data).filter((name) => name.startsWith('run-')),
    [],
  )
})

async function assertClosed(address: string): Promise<void> {
  const { port } = new URL(address)
  const socket = connect(Number(port), '127.0.0.1').on('connect', () => assert.fail('the identity endpoint goes on'))
  const [refused] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  assert.equal(refused.code, 'ECONNREFUSED')
}

async function tenantDocument(path: string): Promise<Record<string, unknown>> {
  const { get } = await import('node:https')
  const [answer] = (await once(get(`${tenant.origin}${path}`, { ca: tenant.ca.root }), 'response')) as [
    AsyncIterable<Buffer>,
  ]
  let text = ''
  for await (const chunk of answer) text += chunk.toString()
  return JSON.parse(text) as Record<string, unknown>
}
