import type { UserAttribute } from '../directory/user-attributes.js'
import {
  type AttributeInput,
  inputTypes,
  type SignInMethod,
  signInMethods,
  type UserFlow,
  type UserFlowProperties,
} from '../directory/user-flows.js'
import { isGuid } from '../guid.js'
import { audit } from './audit.js'
import { few, made, oneOfFew } from './entity.js'
import { badRequest, GraphRefusal, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { boolean, collection, guid, nullable, oneOf, partial, type Reader, text, whole } from './properties.js'
import { type GraphRequest, noContent } from './request.js'
import { attributeProperties } from './user-flow-attributes.js'

const type = 'externalUsersSelfServiceSignUpEventsFlow'
const set = 'identity/authenticationEventsFlows'
const typed = (name: string) => ({ '@odata.type': `#microsoft.graph.${name}` })
const forSignUp = (handler: string) => typed(`${handler}ExternalUsersSelfServiceSignUp`)

/** Graph docs: resources/externalusersselfservicesignupeventsflow. Applications, providers and attributes have addresses of their own. */
const flowProperties = {
  '@odata.type': () => `#microsoft.graph.${type}`,
  id: ({ id }: UserFlow) => id,
  displayName: ({ displayName }: UserFlow) => displayName,
  description: ({ description }: UserFlow) => description,
  priority: ({ priority }: UserFlow) => priority,
  conditions: () => ({ applications: { includeAllApplications: false } }),
  onInteractiveAuthFlowStart: ({ isSignUpAllowed }: UserFlow) => ({
    ...forSignUp('onInteractiveAuthFlowStart'),
    isSignUpAllowed,
  }),
  onAuthenticationMethodLoadStart: () => forSignUp('onAuthenticationMethodLoadStart'),
  onAttributeCollection: ({ inputs }: UserFlow) => ({
    ...forSignUp('onAttributeCollection'),
    accessPackages: [],
    attributeCollectionPage: { customStringsFileId: null, views: [{ title: null, description: null, inputs }] },
  }),
  onAttributeCollectionStart: () => null,
  onAttributeCollectionSubmit: () => null,
  onUserCreateStart: ({ userTypeToCreate }: UserFlow) => ({
    ...forSignUp('onUserCreateStart'),
    userTypeToCreate,
    accessPackages: [],
  }),
}

const applicationProperties = { appId: (appId: string) => appId }
const providerNames: Readonly<Record<SignInMethod, string>> = {
  'EmailPassword-OAUTH': 'Email with password',
  'EmailOtpSignup-OAUTH': 'Email One Time Passcode',
}
const providerProperties = {
  '@odata.type': () => '#microsoft.graph.builtInIdentityProvider',
  id: (method: SignInMethod) => method,
  displayName: (method: SignInMethod) => providerNames[method],
  identityProviderType: (method: SignInMethod) => (method === 'EmailPassword-OAUTH' ? 'EmailPassword' : 'EmailOTP'),
  state: () => null,
}

/** The documentation writes these in either case. */
const inputType: Reader<AttributeInput['inputType']> = (value, path) =>
  oneOf(...inputTypes)(
    inputTypes.find((name) => name.toLowerCase() === String(value).toLowerCase()),
    path,
  )

const readInput = whole(
  'authenticationAttributeCollectionInputConfiguration',
  {
    attribute: text,
    label: text,
    inputType,
    defaultValue: nullable(text),
    hidden: boolean,
    editable: boolean,
    writeToDirectory: boolean,
    required: boolean,
    validationRegEx: nullable(text),
    options: collection(whole('authenticationAttributeCollectionOptionConfiguration', { name: text, value: text }, {})),
  },
  {
    inputType: 'text',
    defaultValue: null,
    hidden: false,
    editable: true,
    writeToDirectory: true,
    required: false,
    validationRegEx: null,
    options: [],
  },
)

const priority: Reader<number> = (value, path) => {
  if (typeof value === 'number') return value
  throw badRequest(`Invalid value specified for property '${path}': a number from 0 to 1000 was expected.`)
}

/** What would call a custom authentication extension, which this tenant has none of. */
const isNull: Reader<null> = (value, path) => {
  if (value === null) return null
  throw badRequest(
    `Invalid value specified for property '${path}': this tenant calls no custom authentication extensions.`,
  )
}

const readAttribute = partial('identityUserFlowAttribute', {
  id: text,
  displayName: text,
  description: nullable(text),
  userFlowAttributeType: text,
  dataType: text,
})
const readView = partial('authenticationAttributeCollectionPageViewConfiguration', {
  title: nullable(text),
  description: nullable(text),
  inputs: collection(readInput),
})
/** Applications are linked one by one. */
const notAll: Reader<false> = (value, path) => {
  if (boolean(value, path)) throw badRequest(`Invalid value specified for property '${path}': link each application.`)
  return false
}

const readApplication = whole('authenticationConditionApplication', { appId: guid }, {})
const readBody = partial(type, {
  displayName: text,
  description: nullable(text),
  priority,
  conditions: partial('authenticationConditions', {
    applications: partial('authenticationConditionsApplications', {
      includeAllApplications: notAll,
      includeApplications: collection(readApplication),
    }),
  }),
  onInteractiveAuthFlowStart: partial('onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp', {
    isSignUpAllowed: boolean,
  }),
  onAuthenticationMethodLoadStart: partial('onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp', {
    identityProviders: collection(
      partial('identityProviderBase', { id: text, displayName: nullable(text), identityProviderType: nullable(text) }),
    ),
  }),
  onAttributeCollection: nullable(
    partial('onAttributeCollectionExternalUsersSelfServiceSignUp', {
      attributes: collection(readAttribute),
      accessPackages: collection(text),
      attributeCollectionPage: partial('authenticationAttributeCollectionPage', {
        customStringsFileId: nullable(text),
        views: collection(readView),
      }),
    }),
  ),
  onUserCreateStart: nullable(
    partial('onUserCreateStartExternalUsersSelfServiceSignUp', {
      userTypeToCreate: oneOf('member', 'guest'),
      accessPackages: collection(text),
    }),
  ),
  onAttributeCollectionStart: isNull,
  onAttributeCollectionSubmit: isNull,
})
const readReference = whole('reference', { '@odata.id': text }, {})

type Body = ReturnType<typeof readBody>

export const userFlows = {
  list(request: GraphRequest) {
    return few(request, set, type, request.directory.userFlows.all().filter(filterOf(request)), flowProperties)
  },
  get: (request: GraphRequest) => oneOfFew(request, set, type, findFlow(request), flowProperties),

  create(request: GraphRequest) {
    const body = readBody(request.json(), '')
    const { displayName, onInteractiveAuthFlowStart, onAuthenticationMethodLoadStart } = body
    const required = { displayName, onInteractiveAuthFlowStart, onAuthenticationMethodLoadStart }
    for (const [property, given] of Object.entries(required)) {
      if (given === undefined) throw badRequest(`Property '${property}' is required.`)
    }
    const properties = { ...newFlow, displayName: displayName ?? '', ...propertiesIn(body, request) }
    const appIds = body.conditions?.applications?.includeApplications ?? []
    const flow = request.directory.userFlows.create(
      properties,
      appIds.map(({ appId }) => appId),
    )
    note(request, 'Add', 'Create user flow', flow)
    return made(request, set, flow, flowProperties)
  },

  update(request: GraphRequest) {
    const { id } = findFlow(request)
    const patch = propertiesIn(readBody(request.json() ?? {}, ''), request)
    note(request, 'Update', 'Update user flow', request.directory.userFlows.update(id, patch))
    return noContent()
  },

  remove(request: GraphRequest) {
    const flow = findFlow(request)
    request.directory.userFlows.remove(flow.id)
    note(request, 'Delete', 'Delete user flow', flow)
    return noContent()
  },
}

/** The applications that a user flow is linked to. */
export const linkedApplications = {
  list(request: GraphRequest) {
    const { id, applications } = findFlow(request)
    const context = `${set}('${id}')/conditions/applications/includeApplications`
    return few(request, context, 'authenticationConditionApplication', applications, applicationProperties)
  },
  add(request: GraphRequest) {
    const flow = findFlow(request)
    const { appId } = readApplication(request.json(), '')
    request.directory.userFlows.addApplication(flow.id, appId)
    note(request, 'Update', 'Link application to user flow', flow)
    return made(request, `${set}/${flow.id}/conditions/applications/includeApplications`, appId, applicationProperties)
  },
  remove(request: GraphRequest) {
    const flow = findFlow(request)
    request.directory.userFlows.removeApplication(flow.id, keyText(request.keys[1]).toLowerCase())
    note(request, 'Update', 'Unlink application from user flow', flow)
    return noContent()
  },
}

/** By what people sign in: one way, so that adding the other puts it in the place of the one. */
export const flowProviders = {
  list(request: GraphRequest) {
    const { method } = findFlow(request)
    return few(request, 'identity/identityProviders', 'identityProviderBase', [method], providerProperties)
  },
  add(request: GraphRequest) {
    const { id } = findFlow(request)
    const method = methodOf(endOf(readReference(request.json(), '')['@odata.id']))
    note(request, 'Update', 'Update user flow', request.directory.userFlows.update(id, { method }))
    return noContent()
  },
}

/** What a sign-up asks for. */
export const flowAttributes = {
  list(request: GraphRequest) {
    const attributes = findFlow(request).inputs.flatMap(({ attribute }) => attributeOf(attribute, request) ?? [])
    return few(request, 'identity/userFlowAttributes', 'identityUserFlowAttribute', attributes, attributeProperties)
  },
  /** With the settings that a new one has. */
  add(request: GraphRequest) {
    const { id, inputs } = findFlow(request)
    const attribute = attributeOf(endOf(readReference(request.json(), '')['@odata.id']), request)
    if (attribute === undefined) throw badRequest('Invalid URL format specified in @odata.id.')
    const added = { inputs: [...inputs, inputFor(attribute)] }
    note(request, 'Update', 'Update user flow', request.directory.userFlows.update(id, added))
    return noContent()
  },
  remove(request: GraphRequest) {
    const { id, inputs } = findFlow(request)
    const name = keyText(request.keys[1])
    const left = inputs.filter(({ attribute }) => attribute !== name)
    if (left.length === inputs.length) throw notFound(name)
    note(request, 'Update', 'Update user flow', request.directory.userFlows.update(id, { inputs: left }))
    return noContent()
  },
}

const newFlow: Omit<UserFlowProperties, 'displayName'> = {
  description: null,
  priority: 500,
  method: 'EmailPassword-OAUTH',
  isSignUpAllowed: true,
  inputs: [],
  userTypeToCreate: 'member',
}

/** What a body says of a user flow. Throws GraphRefusal. */
function propertiesIn(body: Body, request: GraphRequest): Partial<UserFlowProperties> {
  const { displayName, description, priority: wanted, onInteractiveAuthFlowStart, onUserCreateStart } = body
  const { onAuthenticationMethodLoadStart, onAttributeCollection } = body
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
    ...(wanted === undefined ? {} : { priority: wanted }),
    ...(onInteractiveAuthFlowStart?.isSignUpAllowed === undefined
      ? {}
      : { isSignUpAllowed: onInteractiveAuthFlowStart.isSignUpAllowed }),
    ...(onUserCreateStart?.userTypeToCreate === undefined
      ? {}
      : { userTypeToCreate: onUserCreateStart.userTypeToCreate }),
    ...(onAuthenticationMethodLoadStart === undefined
      ? {}
      : { method: onlyMethod(onAuthenticationMethodLoadStart.identityProviders ?? []) }),
    ...(onAttributeCollection === undefined ? {} : { inputs: inputsIn(onAttributeCollection ?? {}, request) }),
  }
}

function onlyMethod(providers: readonly { readonly id?: string }[]): SignInMethod {
  const [provider, ...others] = providers
  if (provider?.id === undefined) {
    throw badRequest('onAuthenticationMethodLoadStart must have at least one identity provider.')
  }
  if (others.length > 0) {
    throw badRequest('A user flow of this tenant has one way to sign in: EmailPassword-OAUTH or EmailOtpSignup-OAUTH.')
  }
  return methodOf(provider.id)
}

function methodOf(id: string): SignInMethod {
  const method = signInMethods.find((known) => known.toLowerCase() === id.toLowerCase())
  if (method !== undefined) return method
  throw badRequest(`The identity provider '${id.slice(0, 64)}' is not one of this tenant: ${signInMethods.join(', ')}.`)
}

/** The inputs of all views; an attribute without one gets the settings that a new one has. */
function inputsIn(
  { attributes = [], attributeCollectionPage }: NonNullable<Body['onAttributeCollection']>,
  request: GraphRequest,
): readonly AttributeInput[] {
  const inputs = attributeCollectionPage?.views?.flatMap((view) => view.inputs ?? []) ?? []
  const named = attributes.map(({ id = '' }) => id).filter((id) => inputs.every(({ attribute }) => attribute !== id))
  const others = named.map((id) => {
    const attribute = attributeOf(id, request)
    if (attribute === undefined) throw badRequest(`There is no user flow attribute '${id.slice(0, 128)}'.`)
    return inputFor(attribute)
  })
  return [...inputs, ...others]
}

function inputFor({ id, displayName, dataType }: UserAttribute): AttributeInput {
  // Who signs up has entered the address already.
  const address = id === 'email'
  return {
    attribute: id,
    label: displayName,
    inputType: dataType === 'boolean' ? 'boolean' : 'text',
    defaultValue: null,
    hidden: address,
    editable: !address,
    writeToDirectory: true,
    required: address,
    validationRegEx: null,
    options: [],
  }
}

const attributeOf = (id: string, { directory }: GraphRequest) => directory.userAttributes.find(id)

/** The last name or key of an address. */
function endOf(url: string): string {
  return /(?:\/|\(')([^/()']+)(?:'\))?$/.exec(url)?.[1] ?? ''
}

const byApplication =
  /^(?:microsoft\.graph\.externalUsersSelfServiceSignUpEventsFlow\/)?conditions\/applications\/includeApplications\/any\(\s*(\w+)\s*:\s*\1\/appId\s+eq\s+'([^']*)'\s*\)$/i
const byName = /^displayName\s+eq\s+'((?:[^']|'')*)'$/i

/** The filters of the documentation, by application and by name. Throws GraphRefusal for another. */
function filterOf({ query }: GraphRequest): (flow: UserFlow) => boolean {
  const filter = query.get('$filter')?.trim() ?? null
  if (filter === null) return () => true
  const [, , appId] = byApplication.exec(filter) ?? []
  if (appId !== undefined) return ({ applications }) => isGuid(appId) && applications.includes(appId.toLowerCase())
  const [, name] = byName.exec(filter) ?? []
  if (name === undefined)
    throw new GraphRefusal(400, 'Request_UnsupportedQuery', 'Unsupported or invalid query filter.')
  return ({ displayName }) => displayName.toLowerCase() === name.replaceAll("''", "'").toLowerCase()
}

function note(request: GraphRequest, operation: 'Add' | 'Update' | 'Delete', activity: string, flow: UserFlow): void {
  audit(request, operation, activity, { id: flow.id, displayName: flow.displayName, type: 'Policy' })
}

/** The user flow that the request's path begins with. Throws GraphRefusal when there is none. */
function findFlow(request: GraphRequest): UserFlow {
  const id = keyText(request.keys[0])
  const flow = request.directory.userFlows.find(id)
  if (flow === undefined) throw notFound(id)
  return flow
}
