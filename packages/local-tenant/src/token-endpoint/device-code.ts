import { refusal } from '../errors/aadsts.js'
import type { DeviceCodes, DevicePoll } from '../tokens/device-codes.js'
import type { TokenRequest } from './request.js'

/** Who has signed in, and what for. */
export interface SignedIn {
  readonly userId: string
  readonly scope: string
}

const refusals = {
  pending: 'authorizationPending',
  too_fast: 'pollingTooFast',
  declined: 'authorizationDeclined',
  expired: 'deviceCodeExpired',
  unknown: 'badDeviceCode',
} as const satisfies Readonly<Record<Exclude<DevicePoll['state'], 'approved'>, string>>

/** The user who typed the code that the device showed (RFC 8628 §3.4). Throws EntraError until there is one. */
export function redeemDeviceCode(
  { clientId, user }: TokenRequest,
  { deviceCodes }: { readonly deviceCodes: DeviceCodes },
): SignedIn {
  const deviceCode = user?.deviceCode
  if (deviceCode === undefined) throw refusal('missingParameter', { parameter: 'device_code' })
  const poll = deviceCodes.poll(deviceCode, clientId.toLowerCase())
  if (poll.state !== 'approved') throw refusal(refusals[poll.state], {})
  return poll
}
