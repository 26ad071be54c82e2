// openid-client over the global fetch. CLIENT_AUTHENTICATION says where a secret goes, ALGORITHM how it signs. It keeps no tokens.
import * as client from 'openid-client'
import { type Acquisition, acquired, refused } from '../acquisition.js'
import type { Proof } from '../proof.js'
import { privateKeyOf } from './private-key.js'
import { readRequest } from './request.js'

const request = readRequest(process.env)
const { authority, clientId, scope } = request
const { CLIENT_AUTHENTICATION, ALGORITHM } = process.env

async function authenticationBy(proof: Proof): Promise<client.ClientAuth> {
  if (proof.kind === 'certificate') return client.PrivateKeyJwt(await privateKeyOf(proof, ALGORITHM))
  if (proof.kind !== 'secret') throw new Error('It signs its assertions itself.')
  const basic = CLIENT_AUTHENTICATION === 'client_secret_basic'
  return basic ? client.ClientSecretBasic(proof.secret) : client.ClientSecretPost(proof.secret)
}

async function acquireTwice(): Promise<Acquisition> {
  const authentication = await authenticationBy(request.proof)
  const configuration = await client.discovery(new URL(authority), clientId, undefined, authentication)
  try {
    const first = await client.clientCredentialsGrant(configuration, { scope })
    const second = await client.clientCredentialsGrant(configuration, { scope })
    return acquired(first.access_token, second.access_token)
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return refused(error.error, error.error_description ?? '')
    throw error
  }
}

console.log(JSON.stringify(await acquireTwice()))
