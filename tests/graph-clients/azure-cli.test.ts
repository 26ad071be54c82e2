import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { howToInstall, installed, pinned } from '../clients/installed.js'
import type { Ended } from '../clients/program.js'
import { assertLifecycle } from './lifecycle.js'
import { openTenantForPrograms } from './tenant.js'

// Nothing is configured but proxy and CA: the commands are those of the documentation, for Microsoft's host names.
const open = await openTenantForPrograms()
after(() => open[Symbol.asyncDispose]())
const { tenant, folder, proxy } = open
const { tenantId, administrator } = tenant
const graph = 'https://graph.microsoft.com/v1.0'
const graphScope = 'https://graph.microsoft.com/.default'

const venv = installed('graph-az')
const version = pinned('graph-az', /^azure-cli==(.+)$/m)

/** A command of somebody's own: each has a folder in which the CLI keeps its sign-in. */
type As = 'administrator' | 'daemon' | 'daemon afterwards'

function run(as: As, args: readonly string[]): Promise<Ended> {
  const told = { AZURE_CONFIG_DIR: join(folder, as), AZURE_CORE_COLLECT_TELEMETRY: 'false', AZURE_CORE_OUTPUT: 'json' }
  return open.run([join(venv ?? '', 'venv/bin/python'), '-m', 'azure.cli', ...args], told)
}

async function az(as: As, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(as, args)
  assert.equal(code, 0, `az ${args.slice(0, 3).join(' ')}: ${stderr.slice(0, 2_000)}`)
  return stdout
}

type Json = Readonly<Record<string, unknown>>

const read = async (...args: readonly string[]) => JSON.parse(await az('administrator', ...args)) as Json
const readText = async (...args: readonly string[]) => JSON.parse(await az('administrator', ...args)) as string
const readNames = async (...args: readonly string[]) => JSON.parse(await az('administrator', ...args)) as string[]

/** `az rest` prints the reason phrase and then the body of the answer. */
async function refusal(as: As, path: string) {
  const { code, stderr } = await run(as, ['rest', '--url', `${graph}/${path}`])
  assert.equal(code, 1)
  const [, phrase = '', body = ''] = /^ERROR: ([A-Za-z ]+)\((\{.*\})\)/m.exec(stderr) ?? []
  const { error } = JSON.parse(body) as { error: { code: string } }
  return { status: { Forbidden: 403, 'Not Found': 404 }[phrase] ?? 0, code: error.code }
}

function signIn(as: As, clientId: string, secret: string, scope: string): Promise<string> {
  const application = ['--service-principal', '--username', clientId, '--password', secret, '--tenant', tenantId]
  // No subscriptions: they are Azure's, and this tenant has none.
  return az(as, 'login', ...application, '--skip-subscription-discovery', '--scope', scope)
}

async function claims(as: As, scope: string): Promise<Json> {
  const { accessToken } = JSON.parse(await az(as, 'account', 'get-access-token', '--scope', scope)) as Json
  return JSON.parse(Buffer.from(String(accessToken).split('.')[1] ?? '', 'base64url').toString('utf8')) as Json
}

async function register(displayName: string, ...options: readonly string[]) {
  const { id, appId } = await read('ad', 'app', 'create', '--display-name', displayName, ...options)
  const principal = await read('ad', 'sp', 'create', '--id', String(appId))
  return { objectId: String(id), appId: String(appId), servicePrincipalId: String(principal['id']) }
}

const role = {
  allowedMemberTypes: ['Application'],
  description: 'Reads every list.',
  displayName: 'Read',
  isEnabled: true,
  value: 'ToDoList.Read.All',
}

async function registerApi() {
  const roles = JSON.stringify([role])
  const api = await register('az API, unfinished', '--requested-access-token-version', '2', '--app-roles', roles)
  const claim = JSON.stringify({ accessToken: [{ name: 'idtyp' }] })
  const names = ['--display-name', 'az API', '--identifier-uris', `api://${api.appId}`]
  await az('administrator', 'ad', 'app', 'update', '--id', api.appId, ...names, '--optional-claims', claim)
  const shown = await read('ad', 'app', 'show', '--id', api.appId)
  const appRoles = shown['appRoles'] as readonly { id: string; value: string }[]
  return {
    ...api,
    displayName: String(shown['displayName']),
    identifierUris: shown['identifierUris'] as string[],
    roles: appRoles.map(({ value }) => value),
    roleId: appRoles[0]?.id ?? '',
  }
}

function post(path: string, body: Json): Promise<Json> {
  return read('rest', '--method', 'post', '--url', `${graph}/${path}`, '--body', JSON.stringify(body))
}

async function live() {
  const { roleId, ...api } = await registerApi()
  const daemon = await register('az daemon')
  const password = ['--append', '--display-name', 'made by az', '--years', '1', '--query', 'password']
  const secret = await readText('ad', 'app', 'credential', 'reset', '--id', daemon.appId, ...password)
  const listed = ['ad', 'app', 'credential', 'list', '--id', daemon.appId, '--query', '[0]']
  const { keyId, hint } = await read(...listed)
  const grant = await post(`servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`, {
    principalId: daemon.servicePrincipalId,
    resourceId: api.servicePrincipalId,
    appRoleId: roleId,
  })
  const scope = `api://${api.appId}/.default`
  await signIn('daemon', daemon.appId, secret, scope)
  const record = {
    api,
    daemon,
    found: await readNames('ad', 'app', 'list', '--display-name', 'az', '--query', '[].displayName'),
    secret: { keyId: String(keyId), hint: String(hint), length: secret.length },
    grant: {
      principalId: String(grant['principalId']),
      resourceId: String(grant['resourceId']),
      appRoleId: String(grant['appRoleId']),
    },
    claims: await claims('daemon', scope),
    denied: await refusal('daemon', `applications/${api.objectId}`),
  }
  await az('administrator', 'ad', 'app', 'delete', '--id', daemon.appId)
  const deletedItems = `${graph}/directory/deletedItems`
  const missing = await refusal('administrator', `applications/${daemon.objectId}`)
  const deleted = await readNames(
    ...['rest', '--url', `${deletedItems}/microsoft.graph.application`, '--query', 'value[].displayName'],
  )
  for (const id of [daemon.objectId, daemon.servicePrincipalId]) {
    await az('administrator', 'rest', '--method', 'post', '--url', `${deletedItems}/${id}/restore`)
  }
  await signIn('daemon afterwards', daemon.appId, secret, scope)
  return {
    ...record,
    missing,
    deleted,
    restored: {
      appId: String((await read('ad', 'app', 'show', '--id', daemon.appId))['appId']),
      keyIds: [String((await read(...listed))['keyId'])],
    },
    claimsAfterwards: await claims('daemon afterwards', scope),
  }
}

suite(`Azure CLI ${version}`, { skip: venv === undefined && howToInstall }, () => {
  test('an application signs in', async () => {
    const { clientId, clientSecret } = administrator
    const [account] = JSON.parse(await signIn('administrator', clientId, clientSecret, graphScope)) as Json[]
    assert.equal(account?.['tenantId'], tenantId)
    assert.deepEqual(account?.['user'], { name: clientId, type: 'servicePrincipal' })
  })

  test('az ad creates, reads, patches, grants, gets a token with the role, deletes and restores', async () => {
    await assertLifecycle(await live(), 'az', `https://login.microsoftonline.com/${tenantId}/v2.0`, open)
  })

  test('az ad app takes permissions, owners and federated credentials', async () => {
    const { appId, servicePrincipalId } = await register('az client')
    const [resource, permission] = ['00000003-0000-0000-c000-000000000000', '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9']
    const wanted = ['--api', resource, '--api-permissions', `${permission}=Role`]
    await az('administrator', 'ad', 'app', 'permission', 'add', '--id', appId, ...wanted)
    const permissions = await az('administrator', 'ad', 'app', 'permission', 'list', '--id', appId)
    const resourceAccess = [{ id: permission, type: 'Role' }]
    assert.deepEqual(JSON.parse(permissions), [{ resourceAccess, resourceAppId: resource }])

    await az('administrator', 'ad', 'app', 'owner', 'add', '--id', appId, '--owner-object-id', servicePrincipalId)
    const owners = await readNames('ad', 'app', 'owner', 'list', '--id', appId, '--query', '[].displayName')
    assert.deepEqual(owners, ['az client'])

    const credential = { name: 'pipeline', issuer: 'https://issuer.example', subject: 'main', audiences: ['api://x'] }
    const federated = ['ad', 'app', 'federated-credential']
    const parameters = JSON.stringify(credential)
    const made = await read(...federated, 'create', '--id', appId, '--parameters', parameters)
    assert.equal(made['subject'], 'main')
    await az('administrator', ...federated, 'delete', '--id', appId, '--federated-credential-id', 'pipeline')
    assert.deepEqual(await readNames(...federated, 'list', '--id', appId), [])
  })

  test('a wrong secret and an unknown application are refused in the words of the service', async () => {
    const wrong = ['--service-principal', '--username', administrator.clientId, '--password', 'wrong']
    const refused = await run('daemon', ['login', ...wrong, '--tenant', tenantId, '--scope', graphScope])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /AADSTS7000215/)
    const missing = await run('administrator', ['ad', 'app', 'show', '--id', tenantId])
    assert.equal(missing.code, 3)
    assert.match(missing.stderr, new RegExp(`Resource '${tenantId}' does not exist`))
  })

  test("nothing was asked of a host that is not the tenant's, but for news of the CLI itself, and that was refused", () => {
    for (const host of proxy.refused) assert.equal(host, 'azcliprod.blob.core.windows.net:443')
  })
})
