/**
 * One listener answers under several names, told apart by the Host header. The family decides the issuer and which
 * endpoints there are; `localhost` has them all.
 */
export type HostFamily =
  | { kind: 'localhost' }
  /** `<name>.ciamlogin.com`; `name` is a subdomain or a tenant id. */
  | { kind: 'ciam'; name: string }
  | { kind: 'workforce' }
  | { kind: 'graph' }

const known: Readonly<Record<string, HostFamily>> = {
  localhost: { kind: 'localhost' },
  '127.0.0.1': { kind: 'localhost' },
  '[::1]': { kind: 'localhost' },
  'login.microsoftonline.com': { kind: 'workforce' },
  'graph.microsoft.com': { kind: 'graph' },
}

/** The family of a Host header, or undefined for a name that is none of ours (a rebound DNS name, for one). */
export function hostFamily(host: string): HostFamily | undefined {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '')
  const ciam = /^([a-z0-9-]{1,63})\.ciamlogin\.com$/.exec(name)?.[1]
  if (ciam !== undefined) return { kind: 'ciam', name: ciam }
  return Object.hasOwn(known, name) ? known[name] : undefined
}

/** The names that the listener's certificate has to cover. */
export const certificateHosts = [
  'localhost',
  '127.0.0.1',
  '::1',
  '*.ciamlogin.com',
  'login.microsoftonline.com',
  'graph.microsoft.com',
]

const loopback = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/

/** Whether an address is this machine's own. */
export const isLoopback = (address: string) => loopback.test(address)
