import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { clientCredentialsToken, SignInError } from '../../src/sign-in/client-credentials.js'
import { certificate } from '../https/localhost-certificate.js'
import { type LocalhostServer, type Scripted, serve } from '../https/localhost-server.js'

const clientSecret = 's3cret~& value'

function issued(value: string, seconds: number): Scripted {
  return { status: 200, body: { token_type: 'Bearer', access_token: value, expires_in: seconds } }
}

function sourceOf({ origin }: LocalhostServer, now = () => 0): () => Promise<string> {
  const authority = `${origin}/tenant/`
  const scope = 'https://graph.microsoft.com/.default'
  return clientCredentialsToken({ authority, clientId: 'client', clientSecret, scope, ca: certificate, now })
}

async function refusalOf(source: () => Promise<string>): Promise<SignInError> {
  const error: unknown = await source().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SignInError, inspect(error))
  assert.ok(!inspect(error).includes('s3cret'), 'no secret in the error')
  return error
}

test('a token is asked for as RFC 6749 section 4.4 says, with the secret in the body', async () => {
  await using server = await serve(issued('one', 3600))
  assert.equal(await sourceOf(server)(), 'one')
  const [call] = server.received
  assert.equal(call?.method, 'POST')
  assert.equal(call?.path, '/tenant/oauth2/v2.0/token')
  assert.equal(call?.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.deepEqual(Object.fromEntries(new URLSearchParams(call?.body)), {
    grant_type: 'client_credentials',
    client_id: 'client',
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  })
})

test('a token is kept until five minutes before its end', async () => {
  await using server = await serve(issued('one', 3600), issued('two', 3600))
  let time = 0
  const source = sourceOf(server, () => time)
  assert.equal(await source(), 'one')
  time = 3_299_999
  assert.equal(await source(), 'one')
  time = 3_300_000
  assert.equal(await source(), 'two')
  assert.equal(server.received.length, 2)
})

test('callers that come at the same time share one request', async () => {
  await using server = await serve(issued('one', 3600))
  const source = sourceOf(server)
  assert.deepEqual(await Promise.all([source(), source(), source()]), ['one', 'one', 'one'])
  assert.equal(server.received.length, 1)
})

test('a wrong secret is refused with the words of the token service and without the secret', async () => {
  const description = `AADSTS7000215: Invalid client secret provided: ${clientSecret}.`
  await using server = await serve({ status: 401, body: { error: 'invalid_client', error_description: description } })
  const error = await refusalOf(sourceOf(server))
  assert.deepEqual([error.status, error.code], [401, 'invalid_client'])
  assert.equal(
    error.message,
    `client could not sign in at ${server.origin}/tenant/oauth2/v2.0/token: 401 invalid_client: ` +
      'AADSTS7000215: Invalid client secret provided: [secret]. Check the tenant in the authority, the client id and its secret or certificate.',
  )
})

test('after a refusal the next caller asks again', async () => {
  await using server = await serve({ status: 400, body: { error: 'invalid_request' } }, issued('two', 3600))
  const source = sourceOf(server)
  assert.equal((await refusalOf(source)).code, 'invalid_request')
  assert.equal(await source(), 'two')
})

test('an answer of something else than a token endpoint is refused', async () => {
  for (const body of ['<html>', { access_token: '', expires_in: 1 }, { access_token: 'a' }]) {
    await using server = await serve({ status: 200, body })
    const error = await refusalOf(sourceOf(server))
    assert.deepEqual([error.status, error.code], [200, 'answer_not_understood'])
  }
})

test('a token service that does not answer is named', async () => {
  await using server = await serve({ status: 0, broken: true })
  const error = await refusalOf(sourceOf(server))
  assert.deepEqual([error.status, error.code], [0, 'ECONNRESET'])
  assert.match(error.message, /had no answer \(ECONNRESET\)/)
})

test('an authority without TLS is refused before any call', () => {
  const create = () =>
    clientCredentialsToken({ authority: 'http://localhost/t', clientId: 'c', clientSecret, scope: 's' })
  assert.throws(create, {
    name: 'TypeError',
    message:
      'The authority must be an https URL such as https://<name>.ciamlogin.com/<tenant-id>, but is http://localhost/t',
  })
})
