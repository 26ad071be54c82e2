import { randomUUID } from 'node:crypto'
import type { GraphAnswer, GraphClient, GraphRequest } from '../src/graph/client.js'
import { GraphError } from '../src/graph/error.js'
import { isJsonObject, type JsonObject } from '../src/https/json.js'

/**
 * The rules of Graph that registration depends on, in memory: upsert by key, service principals apart from applications,
 * enabled roles cannot leave, no grant twice. `after` runs when a call has had its effect, so that a test can end there.
 */
export class GraphDouble implements GraphClient {
  readonly applications: Application[] = []
  readonly servicePrincipals: { id: string; appId: string }[] = []
  readonly assignments: Assignment[] = []
  readonly grants: (JsonObject & { readonly id: string })[] = []
  readonly federated: (JsonObject & { readonly id: string; readonly applicationId: string })[] = []
  readonly calls: GraphRequest[] = []
  readonly deleted = new Set<string>()
  after: (call: GraphRequest) => void | Promise<void> = () => undefined

  async send(request: GraphRequest): Promise<GraphAnswer> {
    this.calls.push(request)
    try {
      return structuredClone(this.answer(request))
    } finally {
      await this.after(request)
    }
  }

  async list(path: string): Promise<readonly unknown[]> {
    const { body } = await this.send({ method: 'GET', path })
    const items: readonly unknown[] = Array.isArray(body) ? body : []
    return items
  }

  application(uniqueName: string): Application {
    const application = this.applications.find((one) => one.uniqueName === uniqueName)
    if (application === undefined) throw new Error(`there is no application ${uniqueName}`)
    return application
  }

  get writes(): GraphRequest[] {
    return this.calls.filter(({ method }) => method !== 'GET')
  }

  private answer(request: GraphRequest): GraphAnswer {
    const name = `${request.method} ${request.path.replace(/\?\$filter=.*/, '').replaceAll(/'[^']*'|[0-9a-f-]{36}/g, '*')}`
    const keys = [...request.path.matchAll(/'([^']*)'|([0-9a-f-]{36})/g)].map(([, text, id]) => text ?? id ?? '')
    const route = this.routes[name]
    if (route === undefined) throw refusal(request, 404, `no route ${name}`)
    return route(request, keys, isJsonObject(request.body) ? request.body : {})
  }

  private readonly routes: Readonly<
    Record<string, (request: GraphRequest, keys: string[], body: JsonObject) => GraphAnswer>
  > = {
    'GET /applications(uniqueName=*)': (request, [uniqueName]) =>
      ok(
        found(
          request,
          this.applications.find((one) => one.uniqueName === uniqueName),
        ),
      ),
    'PATCH /applications(uniqueName=*)': (request, [uniqueName = ''], body) => {
      const existing = this.applications.find((one) => one.uniqueName === uniqueName)
      if (existing !== undefined) return change(request, existing, body)
      const created: Application = {
        ...blank(uniqueName),
        ...body,
        api: { ...blank('').api, ...(isJsonObject(body['api']) ? body['api'] : {}) },
      }
      this.applications.push(created)
      return { status: 201, body: created }
    },
    'PATCH /applications/*': (request, [id], body) =>
      change(
        request,
        found(
          request,
          this.applications.find((one) => one.id === id),
        ),
        body,
      ),
    'POST /applications/*/addPassword': (request, [id], body) => {
      const application = found(
        request,
        this.applications.find((one) => one.id === id),
      )
      const wanted = isJsonObject(body['passwordCredential']) ? body['passwordCredential'] : {}
      const password = { ...wanted, keyId: randomUUID(), secretText: null }
      application.passwordCredentials.push(password)
      return ok({ ...password, secretText: `value of ${password.keyId}` })
    },
    'POST /applications/*/removePassword': (request, [id], { keyId }) => {
      const application = found(
        request,
        this.applications.find((one) => one.id === id),
      )
      application.passwordCredentials = application.passwordCredentials.filter((one) => one.keyId !== keyId)
      return { status: 204, body: undefined }
    },
    'GET /applications': (request) => {
      const [, property = '', value] = /filter=(\w+) eq '(.*)'$/.exec(decodeURIComponent(request.path)) ?? []
      return ok(this.applications.filter((one) => one[property] === value))
    },
    'GET /applications(appId=*)': (request, [appId]) =>
      ok(
        found(
          request,
          this.applications.find((one) => one.appId === appId),
        ),
      ),
    'GET /applications/*?$select=keyCredentials': (request, [id]) =>
      ok(
        found(
          request,
          this.applications.find((one) => one.id === id),
        ),
      ),
    'DELETE /applications/*': (request, [id]) => {
      const application = found(
        request,
        this.applications.find((one) => one.id === id),
      )
      this.applications.splice(this.applications.indexOf(application), 1)
      this.deleted.add(application.id)
      return { status: 204, body: undefined }
    },
    'DELETE /directory/deletedItems/*': (request, [id = '']) => {
      if (!this.deleted.delete(id)) throw refusal(request, 404, 'Resource does not exist')
      return { status: 204, body: undefined }
    },
    'GET /applications/*/federatedIdentityCredentials': (_request, [id]) =>
      ok(this.federated.filter(({ applicationId }) => applicationId === id)),
    'PATCH /applications/*/federatedIdentityCredentials(name=*)': (_request, [applicationId = '', name = ''], body) => {
      const index = this.federated.findIndex((one) => one.applicationId === applicationId && one['name'] === name)
      const before = this.federated[index] ?? { id: randomUUID(), applicationId, name }
      const next = { ...before, ...body }
      this.federated.splice(index === -1 ? this.federated.length : index, 1, next)
      return index === -1 ? { status: 201, body: next } : { status: 204, body: undefined }
    },
    'DELETE /applications/*/federatedIdentityCredentials/*': (request, [, id]) => {
      const credential = found(
        request,
        this.federated.find((one) => one.id === id),
      )
      this.federated.splice(this.federated.indexOf(credential), 1)
      return { status: 204, body: undefined }
    },
    'GET /oauth2PermissionGrants': ({ path }) => {
      const clientId = /clientId eq '([^']*)'/.exec(decodeURIComponent(path))?.[1]
      return ok(this.grants.filter((grant) => grant['clientId'] === clientId))
    },
    'POST /oauth2PermissionGrants': (request, _keys, body) => {
      const same = (grant: JsonObject) =>
        grant['clientId'] === body['clientId'] && grant['resourceId'] === body['resourceId']
      if (this.grants.some(same)) throw refusal(request, 409, 'Permission entry already exists.')
      const created = { id: randomUUID(), ...body }
      this.grants.push(created)
      return { status: 201, body: created }
    },
    'PATCH /oauth2PermissionGrants/*': (request, [id], body) => {
      const grant = found(
        request,
        this.grants.find((one) => one.id === id),
      )
      this.grants.splice(this.grants.indexOf(grant), 1, { ...grant, ...body })
      return { status: 204, body: undefined }
    },
    'DELETE /oauth2PermissionGrants/*': (request, [id]) => {
      const grant = found(
        request,
        this.grants.find((one) => one.id === id),
      )
      this.grants.splice(this.grants.indexOf(grant), 1)
      return { status: 204, body: undefined }
    },
    'GET /servicePrincipals(appId=*)': (request, [appId]) =>
      ok(
        found(
          request,
          this.servicePrincipals.find((one) => one.appId === appId),
        ),
      ),
    'PATCH /servicePrincipals(appId=*)': (_request, [appId = '']) => {
      if (this.servicePrincipals.some((one) => one.appId === appId)) return { status: 204, body: undefined }
      const created = { id: randomUUID(), appId }
      this.servicePrincipals.push(created)
      return { status: 201, body: created }
    },
    'GET /servicePrincipals/*/appRoleAssignedTo': (_request, [resourceId]) =>
      ok(this.assignments.filter((one) => one.resourceId === resourceId)),
    'POST /servicePrincipals/*/appRoleAssignedTo': (request, _keys, { principalId, resourceId, appRoleId }) => {
      const wanted = { principalId: String(principalId), resourceId: String(resourceId), appRoleId: String(appRoleId) }
      const same = (one: Assignment) => one.principalId === wanted.principalId && one.appRoleId === wanted.appRoleId
      if (this.assignments.some(same))
        throw refusal(request, 400, 'Permission being assigned already exists on the object')
      const created = { id: randomUUID(), ...wanted }
      this.assignments.push(created)
      return { status: 201, body: created }
    },
    'DELETE /servicePrincipals/*/appRoleAssignedTo/*': (request, [, id]) => {
      this.assignments.splice(
        this.assignments.indexOf(
          found(
            request,
            this.assignments.find((one) => one.id === id),
          ),
        ),
        1,
      )
      return { status: 204, body: undefined }
    },
  }
}

type Enabled = { readonly id: string; readonly isEnabled: boolean }

interface Application {
  [property: string]: unknown
  readonly id: string
  readonly appId: string
  readonly uniqueName: string
  api: JsonObject
  passwordCredentials: JsonObject[]
}

interface Assignment {
  readonly id: string
  readonly principalId: string
  readonly resourceId: string
  readonly appRoleId: string
}

function blank(uniqueName: string): Application {
  return {
    id: randomUUID(),
    appId: randomUUID(),
    uniqueName,
    displayName: uniqueName,
    signInAudience: 'AzureADMyOrg',
    identifierUris: [],
    api: { requestedAccessTokenVersion: null, oauth2PermissionScopes: [], knownClientApplications: [] },
    appRoles: [],
    optionalClaims: null,
    requiredResourceAccess: [],
    web: { redirectUris: [] },
    spa: { redirectUris: [] },
    publicClient: { redirectUris: [] },
    passwordCredentials: [],
    keyCredentials: [],
  }
}

function change(request: GraphRequest, application: Application, { api, ...rest }: JsonObject): GraphAnswer {
  const next: Application = { ...application, ...rest, api: { ...application.api, ...(isJsonObject(api) ? api : {}) } }
  refuseLeaving(request, application['appRoles'], next['appRoles'])
  refuseLeaving(request, application.api['oauth2PermissionScopes'], next.api['oauth2PermissionScopes'])
  Object.assign(application, next)
  return { status: 204, body: undefined }
}

function refuseLeaving(request: GraphRequest, before: unknown, after: unknown): void {
  const enabled = (list: unknown): Enabled[] => (Array.isArray(list) ? (list as Enabled[]) : [])
  if (enabled(before).some(({ id, isEnabled }) => isEnabled && !enabled(after).some((one) => one.id === id))) {
    throw refusal(request, 400, 'Permission (scope or role) cannot be deleted or updated unless disabled first.')
  }
}

function found<T>(request: GraphRequest, object: T | undefined): T {
  if (object === undefined) throw refusal(request, 404, 'Resource does not exist')
  return object
}

function ok(body: unknown): GraphAnswer {
  return { status: 200, body }
}

function refusal({ method, path }: GraphRequest, status: number, reason: string): GraphError {
  const code = status === 404 ? 'Request_ResourceNotFound' : 'Request_BadRequest'
  return new GraphError({ method, path, status, code, reason, requestId: undefined, retryAfterMs: undefined })
}
