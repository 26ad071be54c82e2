import { randomInt } from 'node:crypto'
import { resourceNamed } from '../authorization/delegated-scope.js'
import {
  type AuthorizeEndpoint,
  authorizeWithoutBrowser,
  type ReachedByBrowser,
} from '../authorize-endpoint/endpoint.js'
import { addressOf } from '../authorize-endpoint/respond.js'
import type { Directory } from '../directory/directory.js'
import type { DirectoryRole } from '../directory/directory-roles.js'
import { hashPassword } from '../directory/user-passwords.js'
import type { NewUser, User } from '../directory/users.js'
import { EntraError } from '../errors/aadsts.js'
import type { UserSignIn } from '../sign-in/user-sign-in.js'
import type { DeviceCodes } from '../tokens/device-codes.js'
import { ControlRefusal } from './refusal.js'
import { noteSignIn, type Watch } from './watch.js'

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
  /**
   * The same for an authorization request: what the user's browser would be sent back to the client with after the sign-in.
   * `authorizationUrl` is the address that the client opens a browser with. Throws ControlRefusal, also with what the tenant
   * would have told the client.
   */
  authorize(user: string, authorizationUrl: string): Promise<BrowserReturn>
}

export interface BrowserReturn {
  /** Where the browser goes; with `form_post` the parameters are not in it, because they are posted there. */
  readonly address: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface UsersContext extends AuthorizeEndpoint {
  readonly deviceCodes: DeviceCodes
  readonly watch: Watch
  readonly issuer: ReachedByBrowser['issuer']
}

export function createTestUsers(tenant: UsersContext): TestUsers {
  const { directory, deviceCodes, issuer } = tenant
  const { db, users, userPasswords, directoryRoles } = directory
  const onSignIn = (signIn: UserSignIn) =>
    noteSignIn(tenant, signIn, { time: tenant.now(), correlationId: null, ipAddress: '127.0.0.1' })
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
      const user = findUser(name, directory)
      const request = deviceCodes.findByUserCode(deviceCode)
      if (request === undefined) {
        throw new ControlRefusal('unknown_code', 'No device waits for that code: it is mistyped, used or expired.')
      }
      request.approve(user.objectId)
      const { clientId, scope } = request
      const resource = resourceNamed(scope)
      onSignIn({ interactive: true, protocol: 'deviceCode', userId: user.objectId, clientId, resource, errorCode: 0 })
    },
    async authorize(name, authorizationUrl) {
      const user = findUser(name, directory)
      const parameters = readAddress(authorizationUrl)
      const { tenantId } = directory.organization
      try {
        const reached = { tenantAsRequested: tenantId, issuer, onSignIn }
        const response = await authorizeWithoutBrowser(parameters, user.objectId, tenant, reached)
        return { address: addressOf(response), parameters: response.parameters }
      } catch (error) {
        if (!(error instanceof EntraError)) throw error
        throw new ControlRefusal('invalid_request', `AADSTS${error.row.code}: ${error.message}`)
      }
    },
  }
}

function localAccount(email: string, issuer: string): Partial<NewUser> {
  return { mail: email, identities: [{ signInType: 'emailAddress', issuer, issuerAssignedId: email }] }
}

function findUser(name: string, { users }: Directory): User {
  const user = users.find(name) ?? users.findByIdentity(name)
  if (user === undefined) {
    throw new ControlRefusal('unknown_user', `No user has the id or sign-in name '${name.slice(0, 255)}'.`)
  }
  if (user.accountEnabled) return user
  throw new ControlRefusal('unknown_user', `The account of ${user.displayName} is disabled.`)
}

function readAddress(address: string): URLSearchParams {
  if (URL.canParse(address)) return new URL(address).searchParams
  throw new ControlRefusal(
    'invalid_request',
    "'authorizationUrl' has to be the whole address that a browser is sent to.",
  )
}

/** Of all four kinds that the rules know, and long enough for nobody to try. */
function randomPassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  return `Aa1-${Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join('')}`
}
