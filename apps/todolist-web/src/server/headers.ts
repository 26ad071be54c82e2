import { authorityHosts, type WebSettings } from '../settings/settings.js'

/**
 * What the page may do: load what it consists of, and call the tenant and the API that its settings name. No frame, no inline
 * script or style, no form that is sent anywhere; MSAL needs none of them, because the page leaves for the sign-in and comes back.
 */
export function pageHeaders(settings: WebSettings | undefined): Readonly<Record<string, string>> {
  const callable = settings === undefined ? [] : calledOrigins(settings)
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ["connect-src 'self'", ...callable].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

function calledOrigins(settings: WebSettings): string[] {
  return [...authorityHosts(settings).map((host) => `https://${host}`), new URL(settings.api).origin]
}

/** The names of the assets are hashes of what is in them; the page that names them is asked for each time. */
export const forGood = 'public, max-age=31536000, immutable'
export const fresh = 'no-cache'
export const never = 'no-store'
