import { rootCertificates } from 'node:tls'

/**
 * The certificates to trust for a host; undefined means Node's own choice. Node lets a list of ours replace its public
 * roots, so they are added back, except for loopback: no public authority may certify localhost (CA/Browser Forum
 * Baseline Requirements, section 4.2.2), and reading some 140 roots costs 20 ms.
 */
export function trustedRoots({ hostname }: URL, extraRoots: string | undefined): readonly string[] | undefined {
  if (extraRoots === undefined) return undefined
  return isLoopback(hostname) ? [extraRoots] : [...rootCertificates, extraRoots]
}

/** Whether the host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true
  return hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
