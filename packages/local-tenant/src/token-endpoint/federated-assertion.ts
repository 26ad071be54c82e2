import type { NamedClient } from '../authorization/client.js'
import type { FederatedIdentityCredential } from '../directory/federated-identity-credentials.js'
import { refusal } from '../errors/aadsts.js'
import { isGuid } from '../guid.js'
import { isSignedWith } from '../signing/jws.js'
import { type Assertion, checkTime } from './assertion.js'
import type { AuthenticationContext } from './authentication-context.js'
import { IssuerError } from './federation.js'
import { signatureRefusal } from './signature-refusal.js'

/**
 * Throws EntraError unless the issuer of one of the client's federated credentials signed the assertion for it
 * (workload-id/workload-identity-federation).
 */
export async function checkFederatedAssertion(
  assertion: Assertion,
  client: NamedClient,
  { directory, federation, now }: AuthenticationContext,
): Promise<void> {
  // First of all: an issuer is only ever asked for its keys when the application trusts it.
  requireCredential(assertion, directory.federatedCredentials.of(client.applicationId))
  const { jws, algorithm, issuer } = assertion
  if (algorithm !== 'RS256') throw refusal('unsupportedAlgorithm', { algorithm, supported: 'RS256' })
  const { kid } = jws.header
  if (typeof kid !== 'string' || kid === '') throw refusal('unnamedKey', {})
  const signed = { signer: { kid }, appId: client.servicePrincipal.appId, key: undefined }
  const key = await federation.keyOf(issuer, kid).catch((cause: unknown) => {
    throw cause instanceof IssuerError ? refusal('issuerUnreachable', {}, { cause }) : cause
  })
  if (key === undefined) throw signatureRefusal('not_found', signed)
  if (!isSignedWith(jws, algorithm, key)) throw signatureRefusal('wrong_signature', signed)
  checkTime(assertion, now)
  if (isFromEntra(assertion) && !isAppOnly(assertion)) throw refusal('notAppOnly', {})
}

/** Throws EntraError naming the first of issuer, subject and audience that no credential has. Letter case counts. */
function requireCredential(assertion: Assertion, all: readonly FederatedIdentityCredential[]): void {
  const byIssuer = narrow(all, 'issuer', [assertion.issuer])
  const bySubject = narrow(byIssuer, 'subject', [assertion.subject])
  narrow(bySubject, 'audience', assertion.audiences)
}

const mismatches = {
  issuer: 'noFederatedIssuer',
  subject: 'noFederatedSubject',
  audience: 'noFederatedAudience',
} as const

function narrow(
  candidates: readonly FederatedIdentityCredential[],
  property: keyof typeof mismatches,
  presented: readonly string[],
): FederatedIdentityCredential[] {
  const exact = candidates.filter((candidate) => presented.includes(candidate[property]))
  if (exact.length > 0) return exact
  const lower = presented.map((text) => text.toLowerCase())
  const value = presented[0] ?? ''
  if (candidates.some((candidate) => lower.includes(candidate[property].toLowerCase()))) {
    throw refusal('federatedCaseDiffers', { property, value })
  }
  throw refusal(mismatches[property], { value })
}

/** Entra's tokens name their tenant, and every issuer of Entra has the tenant in its URL. */
function isFromEntra({ issuer, jws: { claims } }: Assertion): boolean {
  const tid = claims['tid']
  return isGuid(tid) && issuer.toLowerCase().includes(tid.toLowerCase())
}

/** The claim says so where it is configured; without it, a token is an application's when its object is its subject and nobody delegated. */
function isAppOnly({ subject, jws: { claims } }: Assertion): boolean {
  if (claims['idtyp'] !== undefined) return claims['idtyp'] === 'app'
  return claims['scp'] === undefined && claims['oid'] === subject
}
