import type { User } from '../directory/users.js'

/** What a user is shown and found by; nobody may decide by it. */
export function signInName({ identities, userPrincipalName }: User): string {
  const email = identities.find(({ signInType }) => signInType === 'emailAddress')
  return email?.issuerAssignedId ?? userPrincipalName
}
