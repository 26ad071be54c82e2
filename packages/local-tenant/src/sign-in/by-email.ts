import type { Directory } from '../directory/directory.js'
import { DirectoryRefusal } from '../directory/refusal.js'
import { hashPassword } from '../directory/user-passwords.js'
import type { NewUser, User } from '../directory/users.js'
import { signInName } from '../tokens/sign-in-name.js'
import type { Collected } from './attributes.js'
import { type CodePurpose, createEmailCodes } from './email-codes.js'
import type { Sender } from './outbox.js'

/** What a person sends back who got a code by mail. */
export interface ByEmail {
  readonly purpose: CodePurpose
  readonly address: string
  readonly code: string
  /** Of a new account, or in place of a forgotten one; null for an account that has none. */
  readonly password: string | null
  /** Of a new account. Read, and checked, for those alone whose code is right. */
  attributes(): Collected
}

export type ByEmailResult =
  | { readonly user: User }
  | {
      readonly refused: { readonly field: string; readonly error: string }
      /** Why somebody who has an account, or should, did not get in; not there where something else is amiss. For the log alone. */
      readonly failed?: { readonly why: 'wrong' | 'disabled'; readonly userId: string | undefined }
    }

/** Sign-in, sign-up and password reset by a code that comes by mail (external-id: one-time passcode, self-service password reset). */
export interface EmailSignIn {
  /** Sends a code. Whoever asks does not learn whether there is such an account: its owner does. */
  send(purpose: CodePurpose, address: string): void
  finish(entered: ByEmail): Promise<ByEmailResult>
}

export function createEmailSignIn(directory: Directory, outbox: Sender, now: () => Date): EmailSignIn {
  const { db, users, userPasswords, organization } = directory
  const codes = createEmailCodes(now)
  const findUser = (name: string) => users.findByIdentity(name) ?? users.find(name)

  function send(purpose: CodePurpose, address: string): void {
    const user = findUser(address)
    if ((user === undefined) !== (purpose === 'sign-up')) {
      // The code is never known to anybody, so that the page behaves as ever.
      codes.add(purpose, address)
      if (user !== undefined) outbox.send({ to: mailOf(user), ...alreadyThere(organization.displayName), code: null })
      return
    }
    const to = user === undefined ? address : mailOf(user)
    const code = codes.add(purpose, address)
    const text = `Your code is ${code}. It is good for ten minutes. If you did not ask for it, do nothing.`
    outbox.send({ to, subject: `${organization.displayName}: your code`, text, code })
  }

  async function hashed(password: string, name: string) {
    try {
      return await hashPassword(password, name)
    } catch (error) {
      if (error instanceof DirectoryRefusal) return undefined
      throw error
    }
  }

  return {
    send,
    async finish({ purpose, address, code, password, ...asked }) {
      const found = codes.check(purpose, address, code)
      const known = findUser(address)
      const userId = known?.objectId
      const wrong = purpose === 'sign-up' ? {} : { failed: { why: 'wrong', userId } as const }
      if (found !== 'right') return { refused: { field: 'code', error: codeErrors[found] }, ...wrong }
      if ((known === undefined) !== (purpose === 'sign-up'))
        return { refused: { field: 'code', error: codeErrors.wrong }, ...wrong }
      if (known?.accountEnabled === false) {
        return { refused: { field: 'code', error: disabled }, failed: { why: 'disabled', userId } }
      }
      const attributes = purpose === 'sign-up' ? asked.attributes() : notAsked
      if ('refused' in attributes) return attributes
      const wanted = purpose === 'sign-in' ? null : password
      const hash = wanted === null ? null : await hashed(wanted, known?.userPrincipalName ?? address)
      if (hash === undefined) return { refused: { field: 'password', error: weak } }
      // Hashing takes a while, in which the same code may have been used.
      if (codes.check(purpose, address, code) !== 'right')
        return { refused: { field: 'code', error: codeErrors.wrong }, ...wrong }
      codes.remove(purpose, address)
      return db.transaction(() => {
        const user = known ?? users.create(null, newAccount(address, attributes.user, organization.initialDomain))
        if (hash !== null) userPasswords.set(user.objectId, hash, { mustChange: false })
        return { user }
      })
    },
  }
}

const codeErrors = {
  wrong: 'That is not the code of the newest mail. After five wrong ones ask for another.',
  expired: 'That code is expired. Go back and ask for another.',
}
const disabled = 'This account is disabled. Ask the administrator of the tenant to enable it.'
const weak =
  'Use 8 to 256 characters of at least three kinds (lower case, upper case, digits, others), without your sign-in name.'

function alreadyThere(tenantName: string): { subject: string; text: string } {
  const text =
    'Somebody wanted to create an account with this address, which has one already. Sign in, or reset the password.'
  return { subject: `${tenantName}: you have an account`, text }
}

function mailOf(user: User): string {
  return user.mail ?? signInName(user)
}

const notAsked: Collected = { user: { displayName: 'unknown' } }

function newAccount(address: string, own: NewUser, issuer: string): NewUser {
  const identities = [{ signInType: 'emailAddress', issuer, issuerAssignedId: address }]
  return { ...own, mail: address, identities }
}
