import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountInfo, AuthenticationResult, DeviceCodeRequest } from '@azure/msal-node'
import { SignInError } from '../../src/sign-in/client-credentials.js'
import { type DeviceCodeClient, deviceCodeToken, type SignInInvitation } from '../../src/sign-in/device-code.js'

const account: AccountInfo = {
  homeAccountId: 'h',
  environment: 'login',
  tenantId: 't',
  username: 'admin@contoso.onmicrosoft.com',
  localAccountId: 'l',
}

/** MSAL's two methods; what the network would answer is not what is tested here. */
class MsalDouble implements DeviceCodeClient {
  readonly asked: string[] = []
  now = 0
  silent = true
  answer: () => Promise<AuthenticationResult | null> = async () => this.result('first')

  result(accessToken: string): AuthenticationResult {
    const expiresOn = new Date(this.now + 3_600_000)
    const empty = { authority: '', uniqueId: '', tenantId: '', scopes: [], idToken: '', correlationId: '' }
    return { ...empty, account, idTokenClaims: {}, accessToken, fromCache: false, expiresOn, tokenType: 'Bearer' }
  }
  async acquireTokenByDeviceCode({ deviceCodeCallback, scopes }: DeviceCodeRequest) {
    this.asked.push(`device code for ${scopes.join(' ')}`)
    const texts = { userCode: 'ABC-DEF', deviceCode: 'never shown', verificationUri: 'https://login/device' }
    deviceCodeCallback({ ...texts, expiresIn: 900, interval: 5, message: 'm' })
    return this.answer()
  }
  async acquireTokenSilent() {
    this.asked.push('silent')
    if (!this.silent) throw new Error('interaction required')
    return this.result('renewed')
  }
}

function source(client: MsalDouble) {
  const invitations: SignInInvitation[] = []
  const invite = (invitation: SignInInvitation) => void invitations.push(invitation)
  const options = { authority: 'https://login/t', clientId: 'c', scopes: ['a', 'b'], invite, client }
  return { token: deviceCodeToken({ ...options, now: () => client.now }), invitations }
}

test('a person is invited once, with the scopes that are asked for, and the token is kept', async () => {
  const client = new MsalDouble()
  const { token, invitations } = source(client)
  assert.deepEqual(await Promise.all([token(), token()]), ['first', 'first'])
  assert.equal(await token(), 'first')
  assert.deepEqual(client.asked, ['device code for a b'])
  assert.deepEqual(invitations, [{ url: 'https://login/device', code: 'ABC-DEF', scopes: ['a', 'b'] }])
})

test('a token that is about to end is renewed silently, and the person asked only when that fails', async () => {
  const client = new MsalDouble()
  const { token } = source(client)
  await token()
  client.now = 3_300_000
  assert.equal(await token(), 'renewed')
  client.now = 7_000_000
  client.silent = false
  assert.equal(await token(), 'first')
  assert.deepEqual(client.asked, ['device code for a b', 'silent', 'silent', 'device code for a b'])
})

test('a sign-in that was declined is said in words, without a token that the server may have echoed', async () => {
  const client = new MsalDouble()
  const declined = Object.assign(new Error('declined eyJhbGciOiJub25lIn0.e30.x.'), { errorCode: 'access_denied' })
  client.answer = () => Promise.reject(declined)
  await assert.rejects(source(client).token(), (error) => {
    assert.ok(error instanceof SignInError)
    assert.equal(error.code, 'access_denied')
    const next = 'Run it again and sign in as an administrator of the tenant, or use --graph-token-env.'
    assert.equal(error.message, `Nobody signed in: declined [token]. ${next}`)
    return true
  })
})

test('a sign-in that ends without a token is an error', async () => {
  const client = new MsalDouble()
  client.answer = async () => null
  await assert.rejects(source(client).token(), { name: 'SignInError', code: 'no_token' })
})
