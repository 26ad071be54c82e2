import type { Answer } from './transport/transport.js'

/** Whether the status sends the client to another address (RFC 9110 section 15.4); 304 does not. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

/** `to https://host/path` for people, without the query, which may carry what is not for a log. */
export function destination({ headers }: Answer, from: URL): string {
  const { location } = headers
  if (location === undefined || !URL.canParse(location, from.href)) return 'to an unnamed address'
  const { origin, pathname } = new URL(location, from)
  return `to ${origin}${pathname}`
}
