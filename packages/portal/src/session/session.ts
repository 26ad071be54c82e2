import { Failure, failureOf } from './failure.js'

export interface TenantName {
  readonly tenantId: string
  readonly subdomain: string
}

/** What a link from the terminal opens. The token is for the control plane of this origin and good for nothing else. */
export interface Session {
  readonly token: string
  readonly tenants: readonly TenantName[]
}

const kept = 'tenantry-portal-session'

/**
 * The session of this tab: a new one where the address has a code behind the `#`, else the one it had before a reload.
 * Null where there is neither. Throws Failure for a code that is no longer good.
 */
export async function openSession(): Promise<Session | null> {
  const code = location.hash.slice(1)
  if (code === '') return read(sessionStorage.getItem(kept))
  history.replaceState(null, '', location.pathname)
  const answer = await fetch('/_tenantry/portal/sessions', { method: 'POST', body: JSON.stringify({ code }) })
  const body: unknown = await answer.json()
  if (!answer.ok) throw failureOf(answer.status, body)
  const session = read(JSON.stringify(body))
  if (session === null) throw new Failure('unreadable', 'The tenant answered with something that is no session.')
  // Of this tab alone, and gone with it.
  sessionStorage.setItem(kept, JSON.stringify(session))
  return session
}

export function forgetSession(): void {
  sessionStorage.removeItem(kept)
}

/** Ends the session in the tenant too. */
export async function endSession({ token }: Session): Promise<void> {
  forgetSession()
  const headers = { authorization: `Bearer ${token}` }
  await fetch('/_tenantry/portal/sessions', { method: 'DELETE', headers })
}

function read(text: string | null): Session | null {
  const value: unknown = text === null ? null : JSON.parse(text)
  if (typeof value !== 'object' || value === null) return null
  if (!('token' in value && typeof value.token === 'string')) return null
  if (!('tenants' in value && Array.isArray(value.tenants) && value.tenants.every(isTenantName))) return null
  return { token: value.token, tenants: value.tenants }
}

function isTenantName(value: unknown): value is TenantName {
  if (typeof value !== 'object' || value === null) return false
  return 'tenantId' in value && typeof value.tenantId === 'string' && 'subdomain' in value
}
