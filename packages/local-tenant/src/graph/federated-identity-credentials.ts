import type { Application } from '../directory/applications.js'
import type { FederatedIdentityCredential, FederatedInput } from '../directory/federated-identity-credentials.js'
import { federatedIdentityCredentialListed } from '../directory/queryable.js'
import { findApplication } from './applications.js'
import { audit } from './audit.js'
import { created, entity, entityType, list } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { nullable, partial, type Reader, text } from './properties.js'
import { type GraphRequest, noContent } from './request.js'

/** Graph has a list here for times to come; today exactly one audience is allowed. */
const oneAudience: Reader<string> = (value, path) => {
  if (Array.isArray(value) && value.length === 1) return text(value[0], `${path}[0]`)
  throw badRequest(`Invalid value specified for property '${path}': a list of exactly one audience was expected.`)
}

const readCredential = partial('federatedIdentityCredential', {
  name: text,
  issuer: text,
  subject: text,
  audiences: oneAudience,
  description: nullable(text),
})

const type = entityType<FederatedIdentityCredential, FederatedIdentityCredential>({
  name: 'federatedIdentityCredential',
  set: 'federatedIdentityCredentials',
  listed: federatedIdentityCredentialListed,
  fromRow: (row) => row,
  properties: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    issuer: ({ issuer }) => issuer,
    subject: ({ subject }) => subject,
    description: ({ description }) => description,
    audiences: ({ audience }) => [audience],
  },
})

export const federatedIdentityCredentials = {
  list(request: GraphRequest) {
    const application = findApplication(request)
    const scope = { sql: 'application_id = ?', values: [application.objectId] }
    return list(request, type, { scope, context: contextOf(application) })
  },

  get(request: GraphRequest) {
    const application = findApplication(request)
    const credential = findCredential(request, application)
    if (credential === undefined) throw notFound(keyText(request.keys[1]))
    return entity(request, type, credential, contextOf(application))
  },

  create: (request: GraphRequest) => createFrom(readInput(request), request),

  /** PATCH, and with `Prefer: create-if-missing` on a name the upsert (graph docs: api/federatedidentitycredential-upsert). */
  update(request: GraphRequest) {
    const input = readInput(request)
    const application = findApplication(request)
    const existing = findCredential(request, application)
    if (existing !== undefined) {
      request.directory.federatedCredentials.update(application.objectId, existing.id, input)
      note(request, application)
      return noContent()
    }
    const key = request.keys[1]
    if (!request.createIfMissing || key?.kind !== 'alternate') throw notFound(keyText(key))
    return createFrom({ name: key.value, ...input }, request)
  },

  remove(request: GraphRequest) {
    const application = findApplication(request)
    const credential = findCredential(request, application)
    if (credential === undefined) throw notFound(keyText(request.keys[1]))
    request.directory.federatedCredentials.remove(application.objectId, credential.id)
    note(request, application)
    return noContent()
  },
}

function readInput(request: GraphRequest): Partial<FederatedInput> {
  const { audiences, ...input } = readCredential(request.json(), '')
  return { ...input, ...(audiences === undefined ? {} : { audience: audiences }) }
}

function createFrom(input: Partial<FederatedInput>, request: GraphRequest) {
  const application = findApplication(request)
  const { name, issuer, subject, audience, description = null } = input
  if (name === undefined || issuer === undefined || subject === undefined || audience === undefined) {
    throw badRequest("Properties 'name', 'issuer', 'subject' and 'audiences' are required.")
  }
  const wanted = { name, issuer, subject, audience, description }
  const credential = request.directory.federatedCredentials.create(application.objectId, wanted)
  note(request, application)
  const location = `applications/${application.objectId}/federatedIdentityCredentials`
  return created(request, type, credential, { context: contextOf(application), location })
}

/** By its id, or by its name (`/{name}` and `(name='…')`). */
function findCredential(request: GraphRequest, { objectId }: Application): FederatedIdentityCredential | undefined {
  const key = request.keys[1]
  if (key?.kind === 'alternate' && key.property !== 'name') {
    throw badRequest(`A federated identity credential has no key named '${key.property}'.`)
  }
  const wanted = key?.kind === 'id' ? key.id : key?.value
  const all = request.directory.federatedCredentials.of(objectId)
  const byId = key?.kind === 'id' ? all.find(({ id }) => id === wanted?.toLowerCase()) : undefined
  return byId ?? all.find(({ name }) => name === wanted)
}

function contextOf({ objectId }: Application): string {
  return `applications('${objectId}')/federatedIdentityCredentials`
}

function note(request: GraphRequest, { objectId, properties: { displayName } }: Application): void {
  const activity = 'Update application – Certificates and secrets management'
  audit(request, 'Update', activity, { id: objectId, displayName, type: 'Application' })
}
