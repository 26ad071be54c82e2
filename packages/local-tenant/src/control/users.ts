import { randomInt } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import type { DirectoryRole } from '../directory/directory-roles.js'
import { hashPassword } from '../directory/user-passwords.js'
import type { NewUser, User } from '../directory/users.js'
import type { DeviceCodes } from '../tokens/device-codes.js'
import { ControlRefusal } from './refusal.js'

/** A user as tests need one. Everything else goes through Microsoft Graph. */
export interface UserDefinition {
  readonly displayName: string
  /** Signs in as `<name>@<subdomain>.onmicrosoft.com`. Either this or `email`. */
  readonly name?: string
  /** Signs in with this address, as a customer who signed up. */
  readonly email?: string
  /** A random one unless given. */
  readonly password?: string
  /** Whether the account may sign in; it may unless this is false. */
  readonly enabled?: boolean
  /** The roles by which the user administers the tenant; what an application may do on the user's behalf depends on them. */
  readonly directoryRoles?: readonly DirectoryRole[]
}

export interface AddedUser {
  readonly objectId: string
  readonly userPrincipalName: string
  /** What the user types to sign in. */
  readonly signInName: string
  /** Shown this once; the directory keeps a scrypt hash of it. */
  readonly password: string
}

/** What stands in for a person at a browser. */
export interface TestUsers {
  /** All of it or nothing: throws ControlRefusal or DirectoryRefusal. */
  add(definition: UserDefinition): Promise<AddedUser>
  /**
   * Signs a user in without a browser or a password: completes what a device asked for by showing `deviceCode`, the code that
   * is meant for people. Throws ControlRefusal where the user or the code is unknown, the account is disabled, or the code is
   * used or expired.
   */
  signIn(user: string, way: { readonly deviceCode: string }): void
}

export interface UsersContext {
  readonly directory: Directory
  readonly deviceCodes: DeviceCodes
}

export function createTestUsers({ directory, deviceCodes }: UsersContext): TestUsers {
  const { db, users, userPasswords, directoryRoles } = directory
  return {
    async add({ displayName, name, email, password = randomPassword(), enabled = true, directoryRoles: roles = [] }) {
      const { initialDomain } = directory.organization
      if ((name === undefined) === (email === undefined)) {
        throw new ControlRefusal('invalid_request', "A user has either a 'name' in the tenant's domain or an 'email'.")
      }
      const wantedName = name === undefined ? null : `${name}@${initialDomain}`
      const hashed = await hashPassword(password, wantedName ?? email ?? '')
      return db.transaction(() => {
        const account = email === undefined ? {} : localAccount(email, initialDomain)
        const user = users.create(wantedName, { displayName, accountEnabled: enabled, ...account })
        userPasswords.set(user.objectId, hashed, { mustChange: false })
        for (const role of roles) directoryRoles.add(user.objectId, role)
        const { objectId, userPrincipalName } = user
        return { objectId, userPrincipalName, signInName: email ?? userPrincipalName, password }
      })
    },
    signIn(name, { deviceCode }) {
      const user = users.find(name) ?? users.findByIdentity(name)
      if (user === undefined) {
        throw new ControlRefusal('unknown_user', `No user has the id or sign-in name '${name.slice(0, 255)}'.`)
      }
      checkEnabled(user)
      const request = deviceCodes.findByUserCode(deviceCode)
      if (request === undefined) {
        throw new ControlRefusal('unknown_code', 'No device waits for that code: it is mistyped, used or expired.')
      }
      request.approve(user.objectId)
    },
  }
}

function localAccount(email: string, issuer: string): Partial<NewUser> {
  return { mail: email, identities: [{ signInType: 'emailAddress', issuer, issuerAssignedId: email }] }
}

function checkEnabled({ accountEnabled, displayName }: User): void {
  if (!accountEnabled) throw new ControlRefusal('unknown_user', `The account of ${displayName} is disabled.`)
}

/** Of all four kinds that the rules know, and long enough for nobody to try. */
function randomPassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  return `Aa1-${Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join('')}`
}
