import type { IncomingHttpHeaders } from 'node:http'

/** The cookies of one tenant: several of them may stand behind one host. */
export interface CookieNames {
  readonly session: string
  readonly form: string
}

/** `__Host-` lets a browser take them from this host alone, over TLS. */
export function cookieNames(tenantId: string): CookieNames {
  return { session: `__Host-session-${tenantId}`, form: `__Host-form-${tenantId}` }
}

export function readCookie({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of cookie.split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

/**
 * The value of a `Set-Cookie` header. Sessions go along from other sites, whose hidden frames renew tokens; what guards a form
 * never does.
 */
export function setCookie(
  name: string,
  value: string,
  { sameSite, maxAge = null }: { sameSite: 'None' | 'Lax'; maxAge?: number | null },
): string {
  const life = maxAge === null ? '' : `; Max-Age=${maxAge}`
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}${life}`
}
