import { X509Certificate } from 'node:crypto'
import type { DesiredCertificate, DesiredSecret, GivenCertificate } from './desired-state.js'
import type { KeyCredential, PasswordCredential } from './graph/directory-objects.js'
import { certificateId } from './permission-id.js'
import type { Retiring, StoredCertificate, StoredSecret } from './secrets.js'

export interface Removal {
  readonly keyId: string
  readonly sentence: string
}

export interface SecretDifference {
  /** Why a new secret is needed; undefined: the stored one will do. */
  readonly create: string | undefined
  readonly remove: readonly Removal[]
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * What to do about an application's secret. A secret is created when the store has none that Graph still lists and that
 * lasts longer than renewBeforeDays. Of the other secrets of the same name, those are removed that
 * - have ended, or
 * - were replaced by a rotation whose period of grace is over, or
 * - last longer than renewBeforeDays and were not: a secret in use is only ever replaced after that, so this one was made
 *   by a run that ended before it could store it, or by one whose store is gone.
 * A predecessor in its last days or in its period of grace therefore stays, for the programs that still run with it. Other
 * names are not touched.
 */
export function compareSecret(
  wanted: DesiredSecret,
  listed: readonly PasswordCredential[],
  stored: StoredSecret | undefined,
  now: Date,
): SecretDifference {
  const what = `client secret "${wanted.displayName}"`
  const current = listed.find(({ keyId }) => keyId === stored?.keyId)
  const why = whyCreate(stored, current?.endDateTime, wanted.renewBeforeDays, now)
  return {
    create: why === undefined ? undefined : `create the ${what} for ${wanted.lifetimeDays} days: ${why}`,
    remove: removals(what, wanted, listed, { ...stored, keyId: current?.keyId }, now),
  }
}

export interface CertificateDifference {
  /** Where the certificate to add comes from. */
  readonly add: { readonly from: 'new' | 'store' | 'declaration'; readonly sentence: string } | undefined
  readonly remove: readonly Removal[]
}

/** The same for certificates; a stored one that is not listed is registered, because its key was stored first. */
export function compareCertificate(
  wanted: DesiredCertificate,
  listed: readonly KeyCredential[],
  stored: StoredCertificate | undefined,
  now: Date,
): CertificateDifference {
  if ('pem' in wanted) return compareGiven(wanted, listed)
  const what = `certificate "${wanted.displayName}"`
  const current = listed.find(({ keyId }) => keyId === stored?.keyId)
  const why = whyCreate(stored, stored?.endDateTime, wanted.renewBeforeDays, now)
  const create = `create the ${what} for ${wanted.lifetimeDays} days: ${why}`
  const upload = `register the stored ${what}`
  return {
    add:
      why !== undefined
        ? { from: 'new', sentence: create }
        : current === undefined
          ? { from: 'store', sentence: upload }
          : undefined,
    remove: removals(what, wanted, listed, { ...stored, keyId: current?.keyId }, now),
  }
}

function compareGiven({ displayName, pem }: GivenCertificate, listed: readonly KeyCredential[]): CertificateDifference {
  const what = `certificate "${displayName}"`
  const keyId = idOfCertificate(pem)
  const others = listed.filter((one) => one.displayName === displayName && one.keyId !== keyId)
  return {
    add: listed.some((one) => one.keyId === keyId)
      ? undefined
      : { from: 'declaration', sentence: `register the ${what} with SHA-256 ${fingerprintOf(pem)}` },
    remove: others.map((one) => ({
      keyId: one.keyId,
      sentence: `remove the ${what} (${one.keyId}): the declaration has another`,
    })),
  }
}

export function idOfCertificate(pem: string): string {
  return certificateId(fingerprintOf(pem))
}

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '')
}

function whyCreate(
  stored: object | undefined,
  endDateTime: string | undefined,
  renewBeforeDays: number,
  now: Date,
): string | undefined {
  if (stored === undefined) return 'none is stored'
  if (endDateTime === undefined) return 'the stored one no longer exists in the tenant'
  const days = daysUntil(endDateTime, now)
  if (days <= 0) return 'the stored one has ended'
  if (days <= renewBeforeDays) return `the stored one ends in ${Math.ceil(days)} days`
  return undefined
}

interface Kept {
  readonly keyId: string | undefined
  readonly retiring?: readonly Retiring[]
}

function removals(
  what: string,
  { displayName, renewBeforeDays }: DesiredSecret,
  listed: readonly PasswordCredential[],
  { keyId: current, retiring = [] }: Kept,
  now: Date,
): Removal[] {
  const others = listed.filter((one) => one.displayName === displayName && one.keyId !== current)
  return others.flatMap(({ keyId, endDateTime }) => {
    const grace = retiring.find((one) => one.keyId === keyId)
    const why = whyRemove(daysUntil(endDateTime, now), grace, renewBeforeDays, now)
    return why === undefined ? [] : [{ keyId, sentence: `remove the ${what} (${keyId}): ${why}` }]
  })
}

function whyRemove(
  daysLeft: number,
  grace: Retiring | undefined,
  renewBeforeDays: number,
  now: Date,
): string | undefined {
  if (daysLeft <= 0) return 'it has ended'
  if (grace !== undefined) return daysUntil(grace.after, now) <= 0 ? 'its period of grace is over' : undefined
  return daysLeft > renewBeforeDays ? 'no store holds its value' : undefined
}

function daysUntil(date: string, now: Date): number {
  return (Date.parse(date) - now.getTime()) / DAY_MS
}
