import { resourceNamed } from '../authorization/delegated-scope.js'
import { nonEmpty, readForm } from '../authorization/form.js'
import type { User } from '../directory/users.js'
import { EntraError } from '../errors/aadsts.js'
import type { Answer, Call } from '../listener/call.js'
import { type Html, html } from '../sign-in/html.js'
import { field, page } from '../sign-in/page.js'
import { signInErrorCodes, signInRefusals } from '../sign-in/password.js'
import { isCalledHere } from '../sign-in/this-machine.js'
import type { HearsSignIns } from '../sign-in/user-sign-in.js'
import { type WaysIn, waysInto } from '../sign-in/ways-in.js'
import type { WaitingDevice } from '../tokens/device-codes.js'
import type { DeviceEndpoint } from './endpoint.js'

/**
 * GET and POST /{tenant}/oauth2/deviceauth: where a person enters the code that a device shows, signs in and lets the device
 * go on, or refuses it. It keeps no session: every decision needs the password or a code by mail, so no other site can make one.
 */
export async function answerVerificationPage(
  call: Call,
  tenant: DeviceEndpoint,
  { onSignIn }: HearsSignIns,
): Promise<Answer> {
  if (call.method === 'GET' || call.method === 'HEAD') {
    return enterCode(tenant, call.query.get('user_code') ?? '')
  }
  try {
    return await answerPosted(await readForm(call), tenant, { atHome: isCalledHere(call), onSignIn })
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    return show(tenant, 'This request cannot be read', html`<p>${error.message}</p>`, error.status)
  }
}

async function answerPosted(
  form: URLSearchParams,
  tenant: DeviceEndpoint,
  { atHome, onSignIn }: HearsSignIns & { readonly atHome: boolean },
): Promise<Answer> {
  const userCode = form.get('user_code')?.trim().slice(0, 32) ?? ''
  const device = tenant.deviceCodes.findByUserCode(userCode)
  if (device === undefined) {
    return enterCode(tenant, userCode, 'No device waits for that code. It may be mistyped, used or expired.')
  }
  const decision = form.get('decision')
  if (decision === 'decline') {
    device.decline()
    return show(tenant, 'Refused', html`<p>The device has not been signed in. You can close this page.</p>`)
  }
  const name = nonEmpty(form.get('name')?.trim())
  const [password, code] = [nonEmpty(form.get('password')), nonEmpty(form.get('code')?.trim())]
  const ways = waysInto(device.clientId, tenant.directory)
  const entered = { userCode, name, ways, atHome }
  if (name === undefined) return signIn(tenant, device, entered)
  if (decision === 'mail' && ways.code) {
    tenant.emailSignIn.send('sign-in', name)
    return mailedCode(tenant, device, { ...entered, name })
  }
  const tell: Tell = (errorCode, userId) => onSignIn({ ...toldOf(device), userId, errorCode })
  if (code !== undefined && ways.code) return decideByCode(tenant, device, { ...entered, name }, code, tell)
  if (password === undefined || !ways.password) return signIn(tenant, device, entered)
  const result = await tenant.passwordSignIn.check(name, password)
  if ('refused' in result) {
    tell(signInErrorCodes[result.refused], result.userId)
    return signIn(tenant, device, { ...entered, error: signInRefusals[result.refused] })
  }
  tell(0, result.user.objectId)
  return approved(tenant, device, result.user, false)
}

type Tell = (errorCode: number, userId: string | undefined) => void

function toldOf({ clientId, scope }: WaitingDevice) {
  return { interactive: true, protocol: 'deviceCode', clientId, resource: resourceNamed(scope) } as const
}

const notAsked = () => ({ user: { displayName: '' } })

async function decideByCode(
  tenant: DeviceEndpoint,
  device: WaitingDevice,
  entered: Entered & { readonly name: string },
  code: string,
  tell: Tell,
): Promise<Answer> {
  const result = await tenant.emailSignIn.finish({
    purpose: 'sign-in',
    address: entered.name,
    code,
    password: null,
    attributes: notAsked,
  })
  if ('refused' in result) {
    if (result.failed !== undefined) tell(signInErrorCodes[result.failed.why], result.failed.userId)
    return mailedCode(tenant, device, { ...entered, error: result.refused.error })
  }
  tell(0, result.user.objectId)
  return approved(tenant, device, result.user, true)
}

function approved(tenant: DeviceEndpoint, device: WaitingDevice, { objectId }: User, byCode: boolean): Answer {
  device.approve(objectId, { byCode })
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
  readonly ways: WaysIn
  /** The person is at this machine, and may read the mails here. */
  readonly atHome: boolean
  readonly error?: string
}

function signIn(tenant: DeviceEndpoint, device: WaitingDevice, { userCode, name = '', ways, error }: Entered): Answer {
  const signInName = {
    name: 'name',
    label: ways.password ? 'Email or user name' : 'Email',
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
  const approve = ways.password && html`<button name="decision" value="approve">Sign in</button>`
  const look = ways.password && html` class="quiet"`
  const mail = ways.code && html`<button${look} name="decision" value="mail" formnovalidate>Email me a code</button>`
  const content = html`${onDevice(tenant, device)}
<form method="post" action="deviceauth">
<input type="hidden" name="user_code" value="${userCode}">
${field({ ...signInName, autofocus: name === '' })}
${ways.password && field({ ...password, autofocus: name !== '' })}
<div class="actions">${approve} ${mail} ${cancel}</div>
</form>`
  return show(tenant, 'Sign in', content, error === undefined ? 200 : 400)
}

function mailedCode(
  tenant: DeviceEndpoint,
  device: WaitingDevice,
  { userCode, name = '', atHome, error }: Entered,
): Answer {
  const code = { name: 'code', label: 'Code from the mail', type: 'text', autocomplete: 'one-time-code' } as const
  const outbox = html`<a href="../outbox" target="_blank" rel="noopener">the tenant's outbox</a>`
  const content = html`${onDevice(tenant, device)}
<p>If <strong>${name}</strong> can have a code, it has been sent. Find it in ${atHome ? outbox : "the tenant's outbox"}.</p>
<form method="post" action="deviceauth">
<input type="hidden" name="user_code" value="${userCode}">
<input type="hidden" name="name" value="${name}">
${field({ ...code, autofocus: true, error })}
<div class="actions"><button name="decision" value="approve">Sign in</button> ${cancel}</div>
</form>`
  return show(tenant, 'Enter the code of the mail', content, error === undefined ? 200 : 400)
}

const cancel = html`<button class="quiet" name="decision" value="decline" formnovalidate>Cancel</button>`

const onDevice = (tenant: DeviceEndpoint, device: WaitingDevice) =>
  html`<p>You are signing in to <strong>${appName(tenant, device)}</strong> on another device. Go on only if you started this yourself.</p>`

function appName({ directory }: DeviceEndpoint, { clientId }: WaitingDevice): string {
  return directory.servicePrincipals.find({ appId: clientId })?.appDisplayName ?? clientId
}

function show({ directory }: DeviceEndpoint, title: string, content: Html, status = 200): Answer {
  return page({ title, tenantName: directory.organization.displayName, content, status })
}
