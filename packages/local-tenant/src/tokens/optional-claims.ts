import type { OptionalClaim } from '../directory/application-properties.js'
import type { User } from '../directory/users.js'
import type { Claim } from './prepared-claims.js'
import { signInName } from './sign-in-name.js'

interface About {
  readonly user: User
  /** Of the OpenID Connect scopes, those that were asked for. */
  readonly openid: ReadonlySet<string>
  readonly version: 1 | 2
  readonly sessionId?: string | undefined
}

/** What is told of a user where an application configured it (identity-platform/optional-claims-reference). */
const readers: Readonly<Record<string, (about: About) => unknown>> = {
  acct: () => 0,
  // A two-letter code, or nothing.
  ctry: ({ user: { country } }) => (/^[A-Za-z]{2}$/.test(country ?? '') ? country?.toUpperCase() : undefined),
  email: ({ user }) => user.mail ?? undefined,
  family_name: ({ user, ...about }) => (mayTellNames(about) ? (user.surname ?? undefined) : undefined),
  given_name: ({ user, ...about }) => (mayTellNames(about) ? (user.givenName ?? undefined) : undefined),
  login_hint: ({ user }) => signInName(user),
  sid: ({ sessionId }) => sessionId,
  upn: ({ user, ...about }) => (mayTellNames(about) ? user.userPrincipalName : undefined),
}

/** As documented: in v2.0 tokens they need the scope `profile`. */
const mayTellNames = ({ version, openid }: Omit<About, 'user'>) => version === 1 || openid.has('profile')

/** The claims that are configured, and that there is something to say for. Of the tenant's own attributes too, as `extn.<name>`. */
export function optionalUserClaims(configured: readonly OptionalClaim[], about: About): Claim<never>[] {
  return configured.flatMap(({ name, source }): Claim<never>[] => {
    if (source === 'user') return extension(name, about.user)
    const value = Object.hasOwn(readers, name) ? readers[name]?.(about) : undefined
    return value === undefined ? [] : [[name, value]]
  })
}

/** As documented for directory extensions in a JWT. */
function extension(id: string, { extensions }: User): Claim<never>[] {
  const [, name] = /^extension_[0-9a-f]{32}_(\w+)$/.exec(id) ?? []
  const value = Object.hasOwn(extensions, id) ? extensions[id] : undefined
  return name === undefined || value === undefined ? [] : [[`extn.${name}`, value]]
}
