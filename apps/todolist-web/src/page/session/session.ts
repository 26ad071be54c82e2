export interface SignedInUser {
  readonly name: string
  readonly signInName: string
}

/** Who uses the page, and what only they can do. */
export interface Session {
  /** null: nobody has signed in yet. */
  readonly user: SignedInUser | null
  /** Why the sign-in that the page comes back from brought nobody. */
  readonly refused: unknown
  /** Where the to-dos are. */
  readonly api: string
  /** These leave the page. */
  signIn(options?: { readonly claims?: string | undefined }): Promise<void>
  signUp(): Promise<void>
  signOut(): Promise<void>
  /**
   * A token for the API, from memory or renewed without anybody noticing. `renewed`: a new one in any case. `claims`: one that
   * satisfies a claims challenge. Throws SignInNeeded, or Unreachable.
   */
  accessToken(options?: { readonly renewed?: boolean; readonly claims?: string | undefined }): Promise<string>
}

/** Only a person can go on from here: by signing in, and with these claims, if the API asked for any. */
export class SignInNeeded extends Error {
  override readonly name = 'SignInNeeded'
  readonly claims: string | undefined
  constructor(claims?: string, options?: ErrorOptions) {
    super('The sign-in is over.', options)
    this.claims = claims
  }
}

export function claimsOf(error: unknown): string | undefined {
  return error instanceof SignInNeeded ? error.claims : undefined
}

/** A server did not answer, or not in a way that a page may read; why, a browser does not say. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly who: 'tenant' | 'API'
  /** Something there that a person can open to see what the browser has against it. */
  readonly address: string
  constructor(who: 'tenant' | 'API', address: string, options?: ErrorOptions) {
    super(`The ${who} cannot be reached.`, options)
    this.who = who
    this.address = address
  }
}

/** What the tenant said instead of signing somebody in; the message is the tenant's. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  /** For instance `AADSTS65001`, or an error of OAuth 2.0 where the tenant gave no number. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
