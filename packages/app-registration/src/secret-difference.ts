import type { DesiredSecret } from './desired-state.js'
import type { PasswordCredential } from './graph/directory-objects.js'
import type { StoredSecret } from './secrets.js'

export interface SecretDifference {
  /** Why a new secret is needed; undefined: the stored one will do. */
  readonly create: string | undefined
  readonly remove: readonly { readonly keyId: string; readonly sentence: string }[]
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * What to do about an application's secret. A secret is created when the store has none that Graph still lists and that
 * lasts longer than renewBeforeDays. Of the other secrets of the same name, those are removed that
 * - have ended, or
 * - last longer than renewBeforeDays: a secret in use is only ever replaced after that, so this one was made by a run
 *   that ended before it could store it, or by one whose store is gone.
 * A predecessor in its last days therefore stays, for the programs that still run with it. Other names are not touched.
 */
export function compareSecret(
  { displayName, lifetimeDays, renewBeforeDays }: DesiredSecret,
  listed: readonly PasswordCredential[],
  stored: StoredSecret | undefined,
  now: Date,
): SecretDifference {
  const daysLeft = ({ endDateTime }: PasswordCredential): number => (Date.parse(endDateTime) - now.getTime()) / DAY_MS
  const current = listed.find(({ keyId }) => keyId === stored?.keyId)
  const others = listed.filter((secret) => secret.displayName === displayName && secret !== current)
  const create = (reason: string): string =>
    `create the client secret "${displayName}" for ${lifetimeDays} days: ${reason}`
  const remove = (reason: string) => (secret: PasswordCredential) => ({
    keyId: secret.keyId,
    sentence: `remove the client secret "${displayName}" (${secret.keyId}): ${reason}`,
  })
  return {
    create: whyCreate(stored, current && daysLeft(current), renewBeforeDays, create),
    remove: [
      ...others.filter((secret) => daysLeft(secret) <= 0).map(remove('it has ended')),
      ...others.filter((secret) => daysLeft(secret) > renewBeforeDays).map(remove('no store holds its value')),
    ],
  }
}

function whyCreate(
  stored: StoredSecret | undefined,
  daysLeft: number | undefined,
  renewBeforeDays: number,
  because: (reason: string) => string,
): string | undefined {
  if (stored === undefined) return because('none is stored')
  if (daysLeft === undefined) return because('the stored one no longer exists in the tenant')
  if (daysLeft <= 0) return because('the stored one has ended')
  if (daysLeft <= renewBeforeDays) return because(`the stored one ends in ${Math.ceil(daysLeft)} days`)
  return undefined
}
