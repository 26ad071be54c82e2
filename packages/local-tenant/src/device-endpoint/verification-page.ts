import { nonEmpty, readForm } from '../authorization/form.js'
import { EntraError } from '../errors/aadsts.js'
import type { Answer, Call } from '../listener/call.js'
import { type Html, html } from '../sign-in/html.js'
import { field, page } from '../sign-in/page.js'
import { signInRefusals } from '../sign-in/password.js'
import type { WaitingDevice } from '../tokens/device-codes.js'
import type { DeviceEndpoint } from './endpoint.js'

/**
 * GET and POST /{tenant}/oauth2/deviceauth: where a person enters the code that a device shows, signs in and lets the device
 * go on, or refuses it. It keeps no session: every decision needs the password, so no other site can make one.
 */
export async function answerVerificationPage(call: Call, tenant: DeviceEndpoint): Promise<Answer> {
  if (call.method === 'GET' || call.method === 'HEAD') {
    return enterCode(tenant, call.query.get('user_code') ?? '')
  }
  try {
    return await answerPosted(await readForm(call), tenant)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    return show(tenant, 'This request cannot be read', html`<p>${error.message}</p>`, error.status)
  }
}

async function answerPosted(form: URLSearchParams, tenant: DeviceEndpoint): Promise<Answer> {
  const userCode = form.get('user_code')?.trim().slice(0, 32) ?? ''
  const device = tenant.deviceCodes.findByUserCode(userCode)
  if (device === undefined) {
    return enterCode(tenant, userCode, 'No device waits for that code. It may be mistyped, used or expired.')
  }
  if (form.get('decision') === 'decline') {
    device.decline()
    return show(tenant, 'Refused', html`<p>The device has not been signed in. You can close this page.</p>`)
  }
  const [name, password] = [nonEmpty(form.get('name')?.trim()), nonEmpty(form.get('password'))]
  if (name === undefined || password === undefined) return signIn(tenant, device, { userCode, name })
  const result = await tenant.passwordSignIn.check(name, password)
  if ('refused' in result) return signIn(tenant, device, { userCode, name, error: signInRefusals[result.refused] })
  device.approve(result.user.objectId)
  const done = html`<p>You are signed in to <strong>${appName(tenant, device)}</strong> on your device. You can close this page.</p>`
  return show(tenant, 'Signed in', done)
}

function enterCode(tenant: DeviceEndpoint, userCode: string, error?: string): Answer {
  const code = {
    name: 'user_code',
    label: 'Code',
    type: 'text',
    value: userCode,
    autocomplete: 'off',
    autofocus: true,
    error,
  } as const
  const content = html`<p>Enter the code that the app on your device shows.</p>
<form method="post" action="deviceauth">
${field(code)}
<div class="actions"><button>Next</button></div>
</form>`
  return show(tenant, 'Enter code', content, error === undefined ? 200 : 400)
}

interface Entered {
  readonly userCode: string
  readonly name: string | undefined
  readonly error?: string
}

function signIn(tenant: DeviceEndpoint, device: WaitingDevice, { userCode, name = '', error }: Entered): Answer {
  const signInName = {
    name: 'name',
    label: 'Email or user name',
    type: 'text',
    value: name,
    autocomplete: 'username',
  } as const
  const password = {
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
    error,
  } as const
  const content = html`<p>You are signing in to <strong>${appName(tenant, device)}</strong> on another device. Go on only if you started this yourself.</p>
<form method="post" action="deviceauth">
<input type="hidden" name="user_code" value="${userCode}">
${field({ ...signInName, autofocus: name === '' })}
${field({ ...password, autofocus: name !== '' })}
<div class="actions"><button name="decision" value="approve">Sign in</button> <button class="quiet" name="decision" value="decline" formnovalidate>Cancel</button></div>
</form>`
  return show(tenant, 'Sign in', content, error === undefined ? 200 : 400)
}

function appName({ directory }: DeviceEndpoint, { clientId }: WaitingDevice): string {
  return directory.servicePrincipals.find({ appId: clientId })?.appDisplayName ?? clientId
}

function show({ directory }: DeviceEndpoint, title: string, content: Html, status = 200): Answer {
  return page({ title, tenantName: directory.organization.displayName, content, status })
}
