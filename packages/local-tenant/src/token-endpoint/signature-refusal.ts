import type { KeyName, VerificationKey } from '../directory/key-credentials.js'
import { type EntraError, refusal } from '../errors/aadsts.js'

/** Why a signature proves nothing, as recorded; the last one is recalled. */
const reasons = {
  not_found: 'The key was not found.',
  wrong_signature: 'Key was found, but use of the key to verify the signature failed.',
  expired: 'The key used is expired.',
  not_yet_valid: 'The key used is not yet valid.',
} as const

interface Signed {
  signer: KeyName
  appId: string
  /** The registered certificate, if it was one. */
  key: Pick<VerificationKey, 'startDateTime' | 'endDateTime'> | undefined
}

/** AADSTS700027, which names the key that the client used and the one that was found. */
export function signatureRefusal(reason: keyof typeof reasons, { signer, appId, key }: Signed): EntraError {
  const found = key === undefined ? '' : `Found key 'Start=${show(key.startDateTime)}, End=${show(key.endDateTime)}', `
  return refusal('invalidSignature', { reason: reasons[reason], thumbprint: thumbprintOf(signer), found, appId })
}

function thumbprintOf(signer: KeyName): string {
  if ('kid' in signer) return signer.kid
  const thumbprint = 'sha256' in signer ? signer.sha256 : signer.sha1
  return Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase()
}

/** As the service writes the dates of a key: 08/18/2024 19:33:23. */
function show(time: string): string {
  const [year, month, day] = time.slice(0, 10).split('-')
  return `${month}/${day}/${year} ${time.slice(11, 19)}`
}
