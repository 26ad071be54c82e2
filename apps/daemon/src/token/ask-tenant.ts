import { discoveryAddress, type ResolvedAuthority, resolveAuthority } from '../authority/authority.js'
import type { Credential } from '../credentials/credential.js'
import type { Credentials } from '../credentials/credentials.js'
import { Failure } from '../failure.js'
import { type Patience, retryAfterMs } from '../transport/retry.js'
import type { Transport } from '../transport/transport.js'
import type { Acquisition } from './acquire-token.js'
import { exchangeWith } from './exchange.js'
import { explainRefusal } from './refusal.js'
import type { TokenRecord } from './token-record.js'
import { TokenRefused } from './token-refused.js'

export interface Tenant extends Patience {
  clientId: string
  authority: URL
  scope: string
  credentials: Credentials
  transport: Transport
  /** A fresh one for each request, or one for the whole run. */
  correlationId: () => string
}

/** Asks the tenant for a new token. Rejects with a `Failure`, most often a `TokenRefused`. */
export type AskTenant = (ask: { claims?: string }) => Promise<TokenRecord>

const metadataLifeMs = 24 * 60 * 60 * 1000
/** A provider that gives another secret each time must not keep us here for ever. */
const mostCredentials = 4

/**
 * Tokens of one tenant for one client and scope. The tenant's metadata is fetched once a day, the credentials are read for each
 * request. When the tenant refuses a credential for what another one or a new one can put right, the next is tried.
 */
export function createTenant(tenant: Tenant): AskTenant {
  let metadata: { authority: Promise<ResolvedAuthority>; until: number } | undefined
  const discovered = (): Promise<ResolvedAuthority> => {
    const now = tenant.clock.now()
    if (metadata === undefined || metadata.until <= now) {
      const authority = discover(tenant)
      metadata = { authority, until: now + metadataLifeMs }
      authority.catch(() => {
        metadata = undefined
      })
    }
    return metadata.authority
  }
  return async ({ claims }) => {
    const authority = discovered()
    // Loaded late, and while the metadata is on its way: with it comes MSAL, the largest part of the program.
    const [{ acquireToken }, resolved] = await Promise.all([import('./acquire-token.js'), authority])
    return withCredentials(tenant, (credential) =>
      acquireToken({ ...tenant, authority: resolved, credential, claims, correlationId: tenant.correlationId() }),
    )
  }
}

async function discover(tenant: Tenant): Promise<ResolvedAuthority> {
  const request = { url: discoveryAddress(tenant.authority), headers: { accept: 'application/json' } }
  const exchange = await exchangeWith(tenant.transport, 'discovery', request, tenant)
  if ('error' in exchange) throw exchange.error
  if (exchange.answer.status === 200) return resolveAuthority(tenant.authority, exchange.json)
  throw new TokenRefused(explainRefusal(exchange, undefined), {
    aadsts: undefined,
    retryAfterMs: retryAfterMs(exchange.answer, tenant.clock.now()),
  })
}

async function withCredentials(
  { credentials, progress }: Tenant,
  ask: (credential: Credential) => Promise<Acquisition>,
): Promise<TokenRecord> {
  const tried = new Set<string>()
  let refusal: TokenRefused | undefined
  while (tried.size < mostCredentials) {
    const credential = await credentials.next(tried)
    if (!credential) break
    progress(`credential: ${credential.label}`)
    const outcome = await ask(credential)
    if ('record' in outcome) return outcome.record
    refusal = new TokenRefused(outcome.failure, outcome)
    if (!isReplaceable(credential, outcome.aadsts)) break
    tried.add(credential.fingerprint)
    credentials.refuse(credential)
    progress(`credential: refused (AADSTS${outcome.aadsts}), looking for another or a new one`)
  }
  throw refusal ?? noCredential()
}

/** Certificates and assertions: the codes at which Microsoft.Identity.Web reads its certificate again. */
const replaceableAssertions: ReadonlySet<number | undefined> = new Set([
  700027, 700024, 7000214, 1000502, 7000274, 7000277,
])
/** Wrong and expired secret. */
const replaceableSecrets: ReadonlySet<number | undefined> = new Set([7000215, 7000222])

function isReplaceable({ kind }: Credential, aadsts: number | undefined): boolean {
  return kind === 'secret' ? replaceableSecrets.has(aadsts) : replaceableAssertions.has(aadsts)
}

function noCredential(): Failure {
  return new Failure('configuration', {
    what: 'no access token',
    why: 'there is no credential to ask with',
    next: 'set CLIENT_SECRET_FILE, CERT_FILE, FEDERATED_TOKEN_FILE or MANAGED_IDENTITY',
  })
}
