import { randomUUID } from 'node:crypto'
import { findClient } from '../authorization/client.js'
import { readDelegatedScope } from '../authorization/delegated-scope.js'
import { readForm, required } from '../authorization/form.js'
import type { Directory } from '../directory/directory.js'
import { noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import type { EmailSignIn } from '../sign-in/by-email.js'
import type { PasswordSignIn } from '../sign-in/password.js'
import { type DeviceCodes, deviceCodeLifetime, pollingInterval } from '../tokens/device-codes.js'

export interface DeviceEndpoint {
  readonly directory: Directory
  readonly deviceCodes: DeviceCodes
  readonly passwordSignIn: PasswordSignIn
  readonly emailSignIn: EmailSignIn
}

/**
 * POST /{tenant}/oauth2/v2.0/devicecode (RFC 8628 §3.1, identity-platform/v2-oauth2-device-code). Whether the client may use
 * this flow, and what was consented to, is asked when it fetches its token. Throws EntraError.
 */
export async function answerDeviceRequest(call: Call, { directory, deviceCodes }: DeviceEndpoint): Promise<Answer> {
  const form = await readForm(call)
  const [tenantAsRequested = ''] = call.path
  const clientId = required(form, 'client_id')
  const scope = required(form, 'scope').trim()
  const { servicePrincipal } = findClient(clientId, directory, tenantAsRequested)
  readDelegatedScope(scope, directory, tenantAsRequested)
  const { deviceCode, userCode } = deviceCodes.add({ clientId: servicePrincipal.appId, scope })
  const verificationUri = `${call.origin}/${directory.organization.tenantId}/${verificationPath}`
  return {
    status: 200,
    headers: { ...noStore, 'x-ms-request-id': randomUUID() },
    body: {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: verificationUri,
      expires_in: deviceCodeLifetime,
      interval: pollingInterval,
      message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`,
    },
  }
}

/** Below the tenant, where people enter their code. */
export const verificationPath = 'oauth2/deviceauth'
