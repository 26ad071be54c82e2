import type { Organization } from '../directory/organization.js'
import { isGuid } from '../guid.js'
import type { Call } from '../listener/call.js'
import type { Where } from './faults.js'
import type { Asker } from './request-log.js'

/** Sees clients that a newer version of their library, or the real service, will refuse. */
export interface Notices {
  notice(call: Call, where: Where, asker: Asker, organization: Organization): void
  /** Nothing more will come: tells what it was still waiting to be sure of. */
  settle(): void
}

/** The first version of MSAL Node that wants the issuer's host to be the authority's. */
const refusingMsalNode = [5, 2, 1]

/** How long a client that has read the metadata may take to ask for a token. */
const patience = 10_000

/** `tell` hears each notice once; `later` runs a task after some milliseconds without keeping the process alive. */
export function createNotices(
  tell: (text: string) => void,
  later: (task: () => void, delayMs: number) => void,
): Notices {
  const told = new Set<string>()
  const tellOnce = (text: string) => {
    if (told.has(text)) return
    told.add(text)
    tell(text)
  }
  /** By host and path prefix: whether a token request has followed the metadata. */
  const followed = new Map<string, boolean>()
  const waiting = new Set<() => void>()
  return {
    settle() {
      for (const conclude of waiting) conclude()
    },
    notice({ family, path: [asRequested = ''] }, where, { sku, version }, { subdomain, initialDomain, tenantId }) {
      if (family.kind !== 'ciam' || family.name !== subdomain) return
      // The metadata names a token endpoint with the tenant id, whichever name was used to read it.
      const follows = where === 'token' && followed.get(subdomain) === false
      // Whoever comes by the tenant id from the start, in host or path, gets an issuer that fits.
      if (isGuid(asRequested) && !follows) return
      const cure = `use the authority https://${subdomain}.ciamlogin.com/${tenantId}`
      const authority = `https://${subdomain}.ciamlogin.com/${initialDomain}`
      if (where === 'token') {
        followed.set(subdomain, true)
        if (sku === 'msal.js.node' && isBefore(version, refusingMsalNode)) {
          tellOnce(
            `MSAL Node ${version} signs in by ${authority}. That works now and is refused from version 5.2.1 on, because the issuer has another host: ${cure}.`,
          )
        }
      } else if (where === 'discovery' && !followed.has(subdomain)) {
        followed.set(subdomain, false)
        const conclude = () => {
          if (!waiting.delete(conclude)) return
          if (followed.get(subdomain) === true) return
          followed.delete(subdomain)
          tellOnce(
            `A client read the metadata of ${authority} and asked for no token. It has perhaps refused the issuer, whose host is another: ${cure}.`,
          )
        }
        waiting.add(conclude)
        later(conclude, patience)
      }
    },
  }
}

/** Whether a version such as 3.8.10 is lower than `limit`; what is no such version is not. */
function isBefore(version: string | null, limit: readonly number[]): boolean {
  const numbers = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number)
  if (numbers === undefined) return false
  const at = numbers.findIndex((number, index) => number !== limit[index])
  return at >= 0 && (numbers[at] ?? 0) < (limit[at] ?? 0)
}
