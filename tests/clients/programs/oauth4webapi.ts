// oauth4webapi over the global fetch. CLIENT_AUTHENTICATION says where a secret goes, ALGORITHM how it signs. It keeps no tokens.
import * as oauth from 'oauth4webapi'
import { type Acquisition, acquired, refused } from '../acquisition.js'
import type { Proof } from '../proof.js'
import { privateKeyOf } from './private-key.js'
import { readRequest } from './request.js'

const request = readRequest(process.env)
const { authority, clientId, scope } = request
const { CLIENT_AUTHENTICATION, ALGORITHM } = process.env
const client = { client_id: clientId }

async function authenticationBy(proof: Proof): Promise<oauth.ClientAuth> {
  if (proof.kind === 'certificate') return oauth.PrivateKeyJwt(await privateKeyOf(proof, ALGORITHM))
  if (proof.kind !== 'secret') throw new Error('It signs its assertions itself.')
  const basic = CLIENT_AUTHENTICATION === 'client_secret_basic'
  return basic ? oauth.ClientSecretBasic(proof.secret) : oauth.ClientSecretPost(proof.secret)
}

async function acquireTwice(): Promise<Acquisition> {
  const authentication = await authenticationBy(request.proof)
  const issuer = new URL(authority)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
  const acquire = async () => {
    const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope })
    return oauth.processClientCredentialsResponse(server, client, answer)
  }
  try {
    const first = await acquire()
    const second = await acquire()
    return acquired(first.access_token, second.access_token)
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return refused(error.error, error.error_description ?? '')
    throw error
  }
}

console.log(JSON.stringify(await acquireTwice()))
