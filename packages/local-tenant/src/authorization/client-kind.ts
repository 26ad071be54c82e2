import type { ApplicationProperties } from '../directory/application-properties.js'

/**
 * How a client has to show that it is the one that a user signed in for. `web` has a credential; `spa` is a page in a browser,
 * which says its origin; `native` is a program on somebody's device, which has nothing to show. `registered` came without a
 * redirect URI, and its registration says whether it is public.
 */
export type ClientKind = 'web' | 'spa' | 'native' | 'registered'

/**
 * Under which of the registration's platforms a redirect URI stands, if under any. They are compared as text; only the port of a
 * native client on this machine is its own affair (RFC 8252 §7.3, identity-platform/reply-url).
 */
export function redirectKind(
  { web, spa, publicClient }: Pick<ApplicationProperties, 'web' | 'spa' | 'publicClient'>,
  redirectUri: string,
): ClientKind | undefined {
  if (spa.redirectUris.includes(redirectUri)) return 'spa'
  if (web.redirectUris.includes(redirectUri)) return 'web'
  const sent = withoutLoopbackPort(redirectUri)
  return publicClient.redirectUris.some((uri) => withoutLoopbackPort(uri) === sent) ? 'native' : undefined
}

function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d{1,5}(?=[/?#]|$)/, '$1')
}
