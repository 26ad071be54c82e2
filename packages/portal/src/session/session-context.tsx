import { createContext, useContext } from 'react'
import type { Calls } from './calls.js'
import type { TenantName } from './session.js'

export interface Organization {
  readonly displayName: string
  readonly verifiedDomains: readonly { readonly name: string }[]
}

/** What every page is given. */
export interface Here extends Calls {
  readonly tenant: TenantName
  /** Says in a corner of the page that something was done. */
  say(sentence: string): void
}

export const HereContext = createContext<Here | null>(null)

export function useHere(): Here {
  const here = useContext(HereContext)
  if (here === null) throw new Error('A page stands outside of the portal.')
  return here
}
