import { hashPassword, type PasswordHash } from '../directory/user-passwords.js'
import type { ExtensionValue, User, UserIdentity } from '../directory/users.js'
import { audit } from './audit.js'
import { denied } from './authorize.js'
import { extensionName, userType } from './directory-objects.js'
import { count, created, entity, list } from './entity.js'
import { badRequest, GraphRefusal, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { boolean, collection, int64, nullable, partial, type Read, text, whole } from './properties.js'
import { type GraphRequest, noContent, replicated } from './request.js'

const readProfile = partial('passwordProfile', {
  password: text,
  forceChangePasswordNextSignIn: nullable(boolean),
  forceChangePasswordNextSignInWithMfa: nullable(boolean),
})

/** The writable properties of `user` (graph docs: resources/user), as far as an external tenant's directory has a use for them. */
const readUser = partial('user', {
  accountEnabled: boolean,
  businessPhones: collection(text),
  city: nullable(text),
  companyName: nullable(text),
  country: nullable(text),
  department: nullable(text),
  displayName: text,
  employeeId: nullable(text),
  givenName: nullable(text),
  identities: collection(whole('objectIdentity', { signInType: text, issuer: text, issuerAssignedId: text }, {})),
  jobTitle: nullable(text),
  mail: nullable(text),
  mailNickname: text,
  mobilePhone: nullable(text),
  officeLocation: nullable(text),
  otherMails: collection(text),
  passwordPolicies: nullable(text),
  passwordProfile: readProfile,
  postalCode: nullable(text),
  preferredLanguage: nullable(text),
  state: nullable(text),
  streetAddress: nullable(text),
  surname: nullable(text),
  usageLocation: nullable(text),
  userPrincipalName: text,
  userType: nullable(text),
})

type Extensions = ReadonlyMap<string, ExtensionValue | null>

/** A body's own properties, and those of its members that are attributes of this tenant's own. Throws GraphRefusal. */
function readBody(request: GraphRequest): Read<typeof readUser> & { readonly extensions: Extensions } {
  const body = request.json()
  const entries = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.entries(body) : []
  const extensions = entries.filter(([name]) => extensionName.test(name))
  const others =
    extensions.length === 0 ? body : Object.fromEntries(entries.filter(([name]) => !extensionName.test(name)))
  const read = extensions.map(([name, value]) => [name, readExtension(name, value, request)] as const)
  return { ...readUser(others, ''), extensions: new Map(read) }
}

const extensionReaders = { string: text, boolean, int64 } as const

function readExtension(name: string, value: unknown, { directory }: GraphRequest): ExtensionValue | null {
  const attribute = directory.userAttributes.find(name)
  if (attribute === undefined) {
    throw badRequest(`The following extension properties are not available: ${name}.`)
  }
  return nullable<ExtensionValue>(extensionReaders[attribute.dataType])(value, name)
}

/** Those that a user has, changed; null takes one away. */
function withExtensions(current: User['extensions'], changes: Extensions): User['extensions'] {
  const kept = new Map<string, ExtensionValue>(Object.entries(current))
  for (const [name, value] of changes) {
    if (value === null) kept.delete(name)
    else kept.set(name, value)
  }
  return Object.fromEntries(kept)
}

/** Any one of these shows users themselves. */
const selfPermissions = [
  'User.Read',
  'User.Read.All',
  'User.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]

export const users = {
  list: (request: GraphRequest) => list(request, userType),
  count: (request: GraphRequest) => count(request, userType),
  get: (request: GraphRequest) => entity(request, userType, findUser(request)),

  /** The password in a body, hashed on the thread pool, before the request's transaction begins. */
  async password(request: GraphRequest): Promise<PasswordHash | null> {
    const { passwordProfile, userPrincipalName = '' } = readBody(request)
    if (passwordProfile?.password === undefined) return null
    const name = request.keys.length > 0 ? findUser(request).userPrincipalName : userPrincipalName
    return hashPassword(passwordProfile.password, name)
  },

  create(request: GraphRequest) {
    const { passwordProfile, userPrincipalName = null, identities, extensions, ...input } = readBody(request)
    const { displayName, accountEnabled } = input
    const local = identities?.some(({ signInType }) => signInType !== 'userPrincipalName') === true
    const required = {
      accountEnabled,
      displayName,
      ...(local ? {} : { mailNickname: input.mailNickname, userPrincipalName }),
    }
    for (const [name, given] of Object.entries(required)) {
      if (given === undefined || given === null) throw badRequest(`Property '${name}' is required.`)
    }
    const federated = identities?.every(({ signInType }) => signInType === 'federated') === true && local
    if (request.password === null && !federated) throw badRequest("Property 'passwordProfile' is required.")
    const user = request.directory.users.create(userPrincipalName, {
      ...input,
      displayName: displayName ?? '',
      identities: withoutName(identities),
      extensions: withExtensions({}, extensions),
    })
    setPassword(user, passwordProfile, request)
    note(request, 'Add', 'Add user', user)
    return created(request, userType, user)
  },

  update(request: GraphRequest) {
    const user = findUser(request)
    const { passwordProfile, identities, extensions, ...input } = readBody(request)
    const changed = {
      ...(identities === undefined ? {} : { identities: withoutName(identities) }),
      ...(extensions.size === 0 ? {} : { extensions: withExtensions(user.extensions, extensions) }),
    }
    const updated = request.directory.users.update(user.objectId, { ...input, ...changed })
    setPassword(updated, passwordProfile, request)
    note(request, 'Update', passwordProfile === undefined ? 'Update user' : 'Reset user password', updated)
    return noContent()
  },

  /** Into the deleted items. */
  remove(request: GraphRequest) {
    const user = findUser(request)
    request.directory.deletedItems.add('user', user.objectId)
    note(request, 'Delete', 'Delete user', user)
    return noContent()
  },

  /** The signed-in user. */
  me(request: GraphRequest) {
    const { caller, directory } = request
    if (caller.kind === 'app') {
      throw new GraphRefusal(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
    }
    if (!selfPermissions.some((permission) => caller.permissions.has(permission))) throw denied()
    const user = directory.users.find(caller.objectId)
    if (user === undefined) throw notFound(caller.objectId)
    return entity(request, userType, user)
  },
}

/** The name that every user signs in by stands among the identities that Graph shows, and is sent back with them. */
function withoutName(identities: readonly UserIdentity[] = []): readonly UserIdentity[] {
  return identities.filter(({ signInType }) => signInType !== 'userPrincipalName')
}

function setPassword(user: User, profile: Read<typeof readProfile> | undefined, request: GraphRequest): void {
  if (request.password === null) return
  // As documented, a password that somebody else chose has to be changed unless it is said otherwise.
  const mustChange = profile?.forceChangePasswordNextSignIn ?? true
  request.directory.userPasswords.set(user.objectId, request.password, { mustChange })
}

function note(request: GraphRequest, operation: 'Add' | 'Update' | 'Delete', activity: string, user: User): void {
  audit(request, operation, activity, { id: user.objectId, displayName: user.displayName, type: 'User' })
}

/** The user that the request's path begins with. Throws GraphRefusal when there is none. */
export function findUser(request: GraphRequest): User {
  const [key] = request.keys
  if (key === undefined || (key.kind === 'alternate' && key.property !== 'userPrincipalName')) {
    throw badRequest(`A user has no key named '${key?.property ?? ''}'.`)
  }
  const user = replicated(request.directory.users.find(key.kind === 'id' ? key.id : key.value), request)
  if (user === undefined) throw notFound(keyText(key))
  return user
}
