import type { Directory } from '../directory/directory.js'
import type { User } from '../directory/users.js'

/** Lets people sign in with their password. */
export interface PasswordSignIn {
  /** The user with this sign-in name and password, or what to tell whoever typed them. */
  check(signInName: string, password: string): Promise<SignInResult>
}

export type SignInResult =
  | { readonly user: User }
  /** `userId`: whose account it is, for the log alone. */
  | { readonly refused: SignInRefusal; readonly userId: string | undefined }

/** `wrong` does not say whether there is such an account. */
export type SignInRefusal = 'wrong' | 'locked' | 'disabled' | 'must_change'

/** As documented (entra: authentication/howto-password-smart-lockout). */
const maxFailures = 10
const lockedFor = 60_000
const maxNames = 10_000

export function createPasswordSignIn({ users, userPasswords }: Directory, now: () => Date): PasswordSignIn {
  const failures = new Map<string, { count: number; last: number }>()

  function isLocked(name: string): boolean {
    const failed = failures.get(name)
    if (failed === undefined || failed.count < maxFailures) return false
    if (now().getTime() - failed.last < lockedFor) return true
    failures.delete(name)
    return false
  }

  function fail(name: string, userId: string | undefined): SignInResult {
    const [oldest] = failures.keys()
    if (failures.size >= maxNames && oldest !== undefined) failures.delete(oldest)
    failures.set(name, { count: (failures.get(name)?.count ?? 0) + 1, last: now().getTime() })
    return { refused: 'wrong', userId }
  }

  return {
    async check(signInName, password) {
      const user = users.findByIdentity(signInName) ?? users.find(signInName)
      // One account has several names, and no account has any.
      const userId = user?.objectId
      const account = userId ?? signInName.toLowerCase()
      if (isLocked(account)) return { refused: 'locked', userId }
      const result = await userPasswords.check(userId ?? '', password)
      if (user === undefined || result === 'wrong') return fail(account, userId)
      failures.delete(account)
      if (!user.accountEnabled) return { refused: 'disabled', userId }
      return result === 'must_change' ? { refused: 'must_change', userId } : { user }
    },
  }
}

/** What is shown beside the field. */
export const signInRefusals: Readonly<Record<SignInRefusal, string>> = {
  wrong: 'That sign-in name and password do not belong together. Check both and try again.',
  locked: 'Too many wrong passwords: this account is locked for a minute. Wait, then try again.',
  disabled: 'This account is disabled. Ask the administrator of the tenant to enable it.',
  must_change:
    'The password of this account has to be replaced first. Ask the administrator of the tenant for a new one.',
}

/** The numbers of the AADSTS codes under which the sign-in logs tell of them (identity-platform/reference-error-codes). */
export const signInErrorCodes: Readonly<Record<SignInRefusal, number>> = {
  wrong: 50126,
  locked: 50053,
  disabled: 50057,
  must_change: 50055,
}
