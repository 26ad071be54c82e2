/** That a user has signed in to a client, or tried to, as a page of the sign-in tells it. */
export interface UserSignIn {
  /** The user has just shown who it is; else there was a session that says so. */
  readonly interactive: boolean
  readonly protocol: 'oAuth2' | 'deviceCode'
  /** Unknown where no account has the name that was typed. What was typed is not told: it may be a password in the wrong field. */
  readonly userId: string | undefined
  readonly clientId: string
  /** As the client named it. */
  readonly resource: string | null
  /** 0 for a success, else the number of the AADSTS code. */
  readonly errorCode: number
}

/** Hears of them, one for each attempt. */
export interface HearsSignIns {
  onSignIn(signIn: UserSignIn): void
}
