import { Failure } from '../failure.js'
import type { Answer } from '../transport/transport.js'

/**
 * The address behind `Link: <…>; rel="next"` (RFC 8288), undefined on the last page. Throws an `unexpected` failure when
 * it leads to another place than the list itself, because the token would go there, or back to the page just read.
 */
export function nextPage({ headers }: Answer, from: URL): URL | undefined {
  const link = Array.isArray(headers['link']) ? headers['link'].join(', ') : headers['link']
  const target = /<([^<>]{1,4096})>\s*;[^<]*?\brel="?next"?(?=[\s;,]|$)/.exec(link ?? '')?.[1]
  if (target === undefined) return undefined
  const next = URL.canParse(target, from.href) ? new URL(target, from) : undefined
  if (next && next.origin === from.origin && next.pathname === from.pathname && next.href !== from.href) return next
  throw new Failure('unexpected', {
    what: `the API at ${from.origin} names a next page that cannot be followed`,
    why: next?.href === from.href ? 'it is the page just read' : 'it is not a page of the same list',
    next: 'look at the Link header of the API; a proxy that changes addresses would also explain it',
  })
}
