import {
  type AccountInfo,
  AuthError,
  CacheLookupPolicy,
  InteractionRequiredAuthError,
  LogLevel,
  PublicClientApplication,
} from '@azure/msal-browser'
import { authorityHosts, type WebSettings } from '../../settings/settings.js'
import { type Session, SignInNeeded, SignInRefused, Unreachable } from './session.js'

/** Takes the answer of a sign-in out of the address, if the page comes back from one. Throws Unreachable. */
export async function openMsalSession(settings: WebSettings): Promise<Session> {
  const { api } = settings
  const scopes = [...settings.scopes]
  const client = new PublicClientApplication(configuration(settings))
  await client.initialize()
  const unreachable = (cause: unknown) =>
    new Unreachable('tenant', `${settings.authority}/v2.0/.well-known/openid-configuration`, { cause })
  let refused: unknown = null
  try {
    const result = await client.handleRedirectPromise({ navigateToLoginRequestUrl: false })
    if (result !== null) client.setActiveAccount(result.account)
  } catch (error) {
    refused = isAboutTheNetwork(error) ? unreachable(error) : refusalOf(error)
  }
  const account = client.getActiveAccount() ?? client.getAllAccounts()[0] ?? null

  /** Resolves when the browser is on its way. */
  async function leaving(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      throw isAboutTheNetwork(error) ? unreachable(error) : refusalOf(error)
    }
  }

  return {
    user: account && userOf(account),
    refused,
    api,
    signIn: ({ claims } = {}) => {
      const hint = account === null ? {} : { loginHint: account.username }
      return leaving(client.loginRedirect({ scopes, ...hint, ...(claims !== undefined && { claims }) }))
    },
    signUp: () => leaving(client.loginRedirect({ scopes, prompt: 'create' })),
    signOut: () => leaving(client.logoutRedirect({ account })),
    async accessToken({ renewed = false, claims } = {}) {
      if (account === null) throw new SignInNeeded(claims)
      try {
        const { accessToken } = await client.acquireTokenSilent({
          account,
          scopes,
          forceRefresh: renewed,
          ...(claims !== undefined && { claims }),
          // Never by a hidden frame: the tenant's cookie is another site's there, which browsers withhold, and the policy of
          // the page forbids frames.
          cacheLookupPolicy: renewed ? CacheLookupPolicy.RefreshToken : CacheLookupPolicy.AccessTokenAndRefreshToken,
        })
        return accessToken
      } catch (error) {
        if (needsAPerson(error)) throw new SignInNeeded(claims, { cause: error })
        throw isAboutTheNetwork(error) ? unreachable(error) : refusalOf(error)
      }
    },
  }
}

function configuration(settings: WebSettings) {
  const home = `${location.origin}/`
  return {
    auth: {
      clientId: settings.clientId,
      authority: settings.authority,
      knownAuthorities: [...authorityHosts(settings)],
      redirectUri: home,
      postLogoutRedirectUri: home,
      // The page understands claims challenges (identity-platform/claims-challenge).
      clientCapabilities: ['CP1'],
    },
    // Ends with the tab, and no other tab reads it: a token that lies in localStorage outlives both.
    cache: { cacheLocation: 'sessionStorage' },
    system: { loggerOptions: { logLevel: LogLevel.Error, piiLoggingEnabled: false } },
  }
}

function userOf({ name, username }: AccountInfo) {
  return { name: name ?? username, signInName: username }
}

/** An expired or withdrawn refresh token is no interaction_required of the protocol, but it takes a person all the same. */
function needsAPerson(error: unknown): boolean {
  if (error instanceof InteractionRequiredAuthError) return true
  return (
    error instanceof AuthError && ['invalid_grant', 'no_tokens_found', 'no_account_error'].includes(error.errorCode)
  )
}

const networkCodes = [
  'endpoints_resolution_error',
  'get_request_failed',
  'network_error',
  'no_network_connectivity',
  'openid_config_error',
  'post_request_failed',
]

function isAboutTheNetwork(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof AuthError && networkCodes.includes(error.errorCode))
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof AuthError)) return error
  const { errorCode, errorMessage } = error
  return new SignInRefused(/AADSTS\d+/.exec(errorMessage)?.[0] ?? errorCode, errorMessage)
}
