import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** How a local account signs in: `emailAddress` or `userName` with the tenant's domain, or `federated`. */
export interface UserIdentity {
  readonly signInType: string
  readonly issuer: string
  readonly issuerAssignedId: string
}

/** What Graph's `user` carries besides its ids (graph docs: resources/user). */
export interface UserProperties {
  displayName: string
  givenName: string | null
  surname: string | null
  mail: string | null
  accountEnabled: boolean
  mailNickname: string | null
  identities: readonly UserIdentity[]
  passwordPolicies: string | null
  businessPhones: readonly string[]
  otherMails: readonly string[]
  jobTitle: string | null
  department: string | null
  companyName: string | null
  employeeId: string | null
  officeLocation: string | null
  mobilePhone: string | null
  preferredLanguage: string | null
  usageLocation: string | null
  streetAddress: string | null
  city: string | null
  state: string | null
  postalCode: string | null
  country: string | null
  userType: string | null
  /** The tenant's own attributes, by their ids. */
  extensions: Readonly<Record<string, ExtensionValue>>
}

export type ExtensionValue = string | number | boolean

export interface User extends UserProperties {
  readonly objectId: string
  readonly userPrincipalName: string
  readonly created: string
}

export type NewUser = Partial<UserProperties> & { displayName: string }

export interface Users {
  all(): User[]
  find(objectIdOrUserPrincipalName: string): User | undefined
  /** The local account with this sign-in name: an email address or a user name. */
  findByIdentity(issuerAssignedId: string): User | undefined
  /** Without a name, an account that signs in by its identities gets one made of its id. Throws DirectoryRefusal. */
  create(userPrincipalName: string | null, properties: NewUser): User
  update(objectId: string, patch: Partial<UserProperties> & { userPrincipalName?: string }): User
}

export interface UserRow {
  object_id: string
  user_principal_name: string
  created: string
  properties: string
}

/** What a new user has who was given nothing else. */
export const newUser: Omit<UserProperties, 'displayName'> = {
  givenName: null,
  surname: null,
  mail: null,
  accountEnabled: true,
  mailNickname: null,
  identities: [],
  passwordPolicies: null,
  businessPhones: [],
  otherMails: [],
  jobTitle: null,
  department: null,
  companyName: null,
  employeeId: null,
  officeLocation: null,
  mobilePhone: null,
  preferredLanguage: null,
  usageLocation: null,
  streetAddress: null,
  city: null,
  state: null,
  postalCode: null,
  country: null,
  userType: 'Member',
  extensions: {},
}

interface UsersContext {
  readonly verifiedDomain: string
  now(): string
  newId(): string
}

export function createUsers(db: Database, { verifiedDomain, now, newId }: UsersContext): Users {
  const everyone = db.query<UserRow>('SELECT * FROM users ORDER BY rowid')
  const byName = db.query<UserRow>('SELECT * FROM users WHERE object_id = lower(?) OR user_principal_name = ?')
  const byIdentity = db.query<UserRow>(
    'SELECT users.* FROM user_identities JOIN users ON object_id = user_id WHERE issuer_assigned_id = ?',
  )
  const insert = db.query('INSERT INTO users VALUES (?, ?, ?, ?)')
  const update = db.query('UPDATE users SET user_principal_name = ?, properties = ? WHERE object_id = ?')
  const dropIdentities = db.query('DELETE FROM user_identities WHERE user_id = ?')
  const insertIdentity = db.query('INSERT INTO user_identities VALUES (?, ?)')

  function find(name: string): User | undefined {
    const row = byName.get(name, name)
    return row === undefined ? undefined : toUser(row)
  }

  function claimName(name: string, objectId: string | null): void {
    checkName(name, verifiedDomain)
    const owner = find(name)
    if (owner !== undefined && owner.objectId !== objectId)
      throw refuse({ kind: 'taken', property: 'userPrincipalName' })
  }

  function claimIdentities(objectId: string, identities: readonly UserIdentity[]): void {
    dropIdentities.run(objectId)
    for (const identity of identities) {
      checkIdentity(identity, verifiedDomain)
      if (!isLocal(identity)) continue
      if (byIdentity.get(identity.issuerAssignedId) !== undefined)
        throw refuse({ kind: 'taken', property: 'identities' })
      insertIdentity.run(identity.issuerAssignedId, objectId)
    }
  }

  return {
    all: () => everyone.all().map(toUser),
    find,
    findByIdentity(issuerAssignedId) {
      const row = byIdentity.get(issuerAssignedId)
      return row === undefined ? undefined : toUser(row)
    },
    create: (wantedName, input) =>
      db.transaction(() => {
        const objectId = newId()
        // A local account's name is made by the service (external-id: user accounts).
        const userPrincipalName = wantedName ?? `${objectId}@${verifiedDomain}`
        const properties: UserProperties = { ...newUser, ...input }
        checkText('displayName', properties.displayName)
        claimName(userPrincipalName, null)
        const user = { objectId, userPrincipalName, created: now(), ...properties }
        insert.run(objectId, userPrincipalName, user.created, JSON.stringify(properties))
        claimIdentities(objectId, properties.identities)
        return user
      }),
    update: (objectId, { userPrincipalName, ...patch }) =>
      db.transaction(() => {
        const current = find(objectId)
        if (current === undefined) throw refuse({ kind: 'missing', object: objectId })
        const { objectId: id, userPrincipalName: name, created, ...properties } = { ...current, ...patch }
        checkText('displayName', properties.displayName)
        const newName = userPrincipalName ?? name
        if (userPrincipalName !== undefined) claimName(userPrincipalName, id)
        update.run(newName, JSON.stringify(properties), id)
        if (patch.identities !== undefined) claimIdentities(id, patch.identities)
        return { ...properties, objectId: id, userPrincipalName: newName, created }
      }),
  }
}

function checkText(property: string, value: string): void {
  if (value.length >= 1 && value.length <= 256) return
  throw refuse({ kind: 'invalid', message: `${property} must have 1 to 256 characters.` })
}

function checkName(name: string, verifiedDomain: string): void {
  const at = name.lastIndexOf('@')
  if (name.slice(at + 1).toLowerCase() !== verifiedDomain) {
    throw refuse({
      kind: 'invalid',
      message:
        'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    })
  }
  // The characters of graph docs, resources/user.
  if (/^[A-Za-z0-9'.\-_!#^~]{1,64}$/.test(name.slice(0, at))) return
  throw refuse({
    kind: 'invalid',
    message: "Property userPrincipalName is invalid: 1 to 64 of A-Z a-z 0-9 ' . - _ ! # ^ ~ are allowed before the @.",
  })
}

const signInTypes = ['emailAddress', 'userName', 'federated', 'userPrincipalName']

function checkIdentity({ signInType, issuer, issuerAssignedId }: UserIdentity, verifiedDomain: string): void {
  const right =
    signInTypes.includes(signInType) &&
    issuerAssignedId.length >= 1 &&
    issuerAssignedId.length <= 64 &&
    (signInType !== 'emailAddress' || /^[^\s@]+@[^\s@]+$/.test(issuerAssignedId)) &&
    (signInType === 'federated' || issuer.toLowerCase() === verifiedDomain)
  if (!right) {
    throw refuse({
      kind: 'invalid',
      message: `One of the identities is invalid: the issuer of a local account is ${verifiedDomain}, its signInType emailAddress or userName.`,
    })
  }
}

const isLocal = ({ signInType }: UserIdentity) => signInType === 'emailAddress' || signInType === 'userName'

export function toUser(row: UserRow): User {
  return {
    objectId: row.object_id,
    userPrincipalName: row.user_principal_name,
    created: row.created,
    ...newUser,
    ...(JSON.parse(row.properties) as UserProperties),
  }
}
