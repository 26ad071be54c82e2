import type { UserAttribute } from '../directory/user-attributes.js'
import { few, made, oneOfFew } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { oneOf, partial, text, whole } from './properties.js'
import { type GraphRequest, noContent } from './request.js'

/** Graph docs: resources/identityuserflowattribute. */
export const attributeProperties = {
  id: ({ id }: UserAttribute) => id,
  displayName: ({ displayName }: UserAttribute) => displayName,
  description: ({ description }: UserAttribute) => description,
  userFlowAttributeType: ({ kind }: UserAttribute) => kind,
  dataType: ({ dataType }: UserAttribute) => dataType,
}
const [set, name] = ['identity/userFlowAttributes', 'identityUserFlowAttribute']

const dataType = oneOf('string', 'boolean', 'int64')
const readNew = whole(name, { displayName: text, description: text, dataType }, { description: '', dataType: 'string' })
const readPatch = partial(name, { displayName: text, description: text })

/** What sign-ups can ask for: what every tenant has, and this tenant's own. */
export const userFlowAttributes = {
  list: (request: GraphRequest) => few(request, set, name, request.directory.userAttributes.all(), attributeProperties),
  get: (request: GraphRequest) => oneOfFew(request, set, name, findAttribute(request), attributeProperties),

  create(request: GraphRequest) {
    const attribute = request.directory.userAttributes.create(readNew(request.json(), ''))
    return made(request, set, attribute, attributeProperties)
  },

  update(request: GraphRequest) {
    request.directory.userAttributes.update(findAttribute(request).id, readPatch(request.json() ?? {}, ''))
    return noContent()
  },

  remove(request: GraphRequest) {
    const { id } = findAttribute(request)
    const flow = request.directory.userFlows
      .all()
      .find(({ inputs }) => inputs.some(({ attribute }) => attribute === id))
    if (flow !== undefined) throw badRequest(`The attribute is used by the user flow '${flow.displayName}'.`)
    request.directory.userAttributes.remove(id)
    return noContent()
  },
}

function findAttribute(request: GraphRequest): UserAttribute {
  const id = keyText(request.keys[0])
  const attribute = request.directory.userAttributes.find(id)
  if (attribute === undefined) throw notFound(id)
  return attribute
}
