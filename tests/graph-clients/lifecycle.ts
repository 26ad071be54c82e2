import assert from 'node:assert/strict'
import type { TenantForPrograms } from './tenant.js'

/**
 * What a client says of the life of an API and of a daemon: created, read, patched, given a secret and a role, used for a
 * token, deleted and restored. The names of both begin with the client's own name.
 */
export interface Lifecycle {
  readonly api: Registered & {
    readonly displayName: string
    readonly identifierUris: readonly string[]
    readonly roles: readonly string[]
  }
  readonly daemon: Registered
  /** Names of the applications, read one to a page. */
  readonly found: readonly string[]
  readonly secret: { readonly keyId: string; readonly hint: string; readonly length: number }
  readonly grant: { readonly principalId: string; readonly resourceId: string; readonly appRoleId: string }
  /** Of the daemon's token for the API. */
  readonly claims: Claims
  /** What became of the daemon's own request for the API's application. */
  readonly denied: Refusal
  /** What became of a request for the deleted daemon. */
  readonly missing: Refusal
  /** Names of the deleted applications. */
  readonly deleted: readonly string[]
  readonly restored: { readonly appId: string; readonly keyIds: readonly string[] }
  /** Of a token that was asked for after the restoration. */
  readonly claimsAfterwards: Claims
}

type Claims = Readonly<Record<string, unknown>>

interface Registered {
  readonly objectId: string
  readonly appId: string
  readonly servicePrincipalId: string
}

/** As the client reports the answer of Graph. */
interface Refusal {
  readonly status: number
  readonly code: string | null
}

/** That the client saw what Graph promises, and that the tenant's directory says the same afterwards. */
export async function assertLifecycle(life: Lifecycle, name: string, issuer: string, open: TenantForPrograms) {
  const { api, daemon, secret, grant } = life
  const ids = [api, daemon].flatMap(({ objectId, appId, servicePrincipalId }) => [objectId, appId, servicePrincipalId])
  assert.equal(new Set(ids).size, 6)
  assert.equal(api.displayName, `${name} API`)
  assert.deepEqual(api.identifierUris, [`api://${api.appId}`])
  assert.deepEqual(api.roles, ['ToDoList.Read.All'])
  assert.deepEqual(life.found.toSorted(), [`${name} API`, `${name} daemon`])
  assert.deepEqual([secret.hint.length, secret.length], [3, 40])
  assert.deepEqual([grant.principalId, grant.resourceId], [daemon.servicePrincipalId, api.servicePrincipalId])
  assertClaims(life.claims, life, issuer, ['ToDoList.Read.All'])
  assert.deepEqual(life.denied, { status: 403, code: 'Authorization_RequestDenied' })
  assert.deepEqual(life.missing, { status: 404, code: 'Request_ResourceNotFound' })
  assert.deepEqual(life.deleted, [`${name} daemon`])
  assert.deepEqual(life.restored, { appId: daemon.appId, keyIds: [secret.keyId] })
  // The secret works again, and what the daemon was granted has come back with its service principal.
  assertClaims(life.claimsAfterwards, life, issuer, ['ToDoList.Read.All'])
  await assertDirectory(life, name, open)
}

function assertClaims(claims: Claims, { api, daemon }: Lifecycle, issuer: string, roles: unknown): void {
  const { iss, aud, azp, oid, sub, idtyp, ver } = claims
  assert.deepEqual(
    { iss, aud, azp, oid, sub, idtyp, ver, roles: claims['roles'] },
    {
      iss: issuer,
      aud: api.appId,
      azp: daemon.appId,
      oid: daemon.servicePrincipalId,
      sub: daemon.servicePrincipalId,
      idtyp: 'app',
      ver: '2.0',
      roles,
    },
  )
}

async function assertDirectory({ api, daemon, secret, grant }: Lifecycle, name: string, { graph }: TenantForPrograms) {
  const get = (path: string) => graph.send({ method: 'GET', path })
  const declared = await get(`/applications/${api.objectId}?$select=displayName,appRoles,optionalClaims,api`)
  assert.match(JSON.stringify(declared), new RegExp(grant.appRoleId))
  assert.match(JSON.stringify(declared), /"requestedAccessTokenVersion":2/)
  assert.match(JSON.stringify(declared), /"idtyp"/)
  const kept = JSON.stringify(await get(`/applications/${daemon.objectId}?$select=displayName,passwordCredentials`))
  for (const text of [`${name} daemon`, secret.keyId, `made by ${name}`]) assert.ok(kept.includes(text), text)
  const assigned = JSON.stringify(await graph.list(`/servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`))
  for (const text of [daemon.servicePrincipalId, grant.appRoleId]) assert.ok(assigned.includes(text), assigned)
}
