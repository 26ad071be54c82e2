import type { Application } from '../directory/applications.js'
import type { FederatedIdentityCredential, FederatedInput } from '../directory/federated-identity-credentials.js'
import { findApplication } from './applications.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata.js'
import { nullable, partial, type Reader, text } from './properties.js'
import { created, entity, type GraphRequest, list, noContent } from './request.js'

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

const type = 'federatedIdentityCredential'

export const federatedIdentityCredentials = {
  list(request: GraphRequest) {
    const application = findApplication(request)
    return list(request, contextOf(application), type, () =>
      request.directory.federatedCredentials.of(application.objectId).map(show),
    )
  },

  get(request: GraphRequest) {
    const application = findApplication(request)
    const credential = findCredential(request, application)
    if (credential === undefined) throw notFound(keyText(request.keys[1]))
    return entity(request, `${contextOf(application)}/$entity`, type, show(credential))
  },

  async create(request: GraphRequest) {
    return createFrom(await readInput(request), request)
  },

  /** PATCH, and with `Prefer: create-if-missing` on a name the upsert (graph docs: api/federatedidentitycredential-upsert). */
  async update(request: GraphRequest) {
    const input = await readInput(request)
    const application = findApplication(request)
    const existing = findCredential(request, application)
    if (existing !== undefined) {
      request.directory.federatedCredentials.update(application.objectId, existing.id, input)
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
    return noContent()
  },
}

async function readInput(request: GraphRequest): Promise<Partial<FederatedInput>> {
  const { audiences, ...input } = readCredential(await request.json(), '')
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
  const collection = `applications/${application.objectId}/federatedIdentityCredentials`
  return created(request, contextOf(application), show(credential), collection)
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

function show({ audience, ...credential }: FederatedIdentityCredential): Record<string, unknown> {
  return { ...credential, audiences: [audience] }
}
