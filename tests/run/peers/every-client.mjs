// Every version of MSAL and every HTTP client of this folder, one after the other, in one process: what each of them was answered.
import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import axios from 'axios'
import { got } from 'got'
import { request } from 'undici'

const require = createRequire(import.meta.url)
const {
  AUTHORITY,
  BARE_AUTHORITY,
  CLIENT_ID: clientId,
  CLIENT_SECRET: clientSecret,
  SCOPE,
  API,
  DISCOVERY,
} = process.env

async function token(msal, authority) {
  const { ConfidentialClientApplication } = require(msal)
  const client = new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority } })
  const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [SCOPE] })
  return accessToken
}

const get = {
  axios: async (url, headers) => (await axios.get(url, { headers })).data,
  fetch: async (url, headers) => (await fetch(url, { headers })).json(),
  undici: async (url, headers) => (await request(url, { headers })).body.json(),
  got: (url, headers) => got(url, { headers }).json(),
}

const issuerAt = async (url) => (await get.fetch(url, {})).issuer

async function all() {
  const said = {}
  let accessToken
  for (const msal of ['@azure/msal-node', 'msal-node-3', 'msal-node-5', 'msal-node-7']) {
    const { version } = require(`${msal}/package.json`)
    accessToken = await token(msal, AUTHORITY)
    const bare = await token(msal, BARE_AUTHORITY).then(
      () => 'token',
      ({ errorCode }) => errorCode,
    )
    said[`MSAL ${version}`] = [typeof accessToken, bare]
  }
  for (const [name, ask] of Object.entries(get)) {
    const { issuer } = await ask(DISCOVERY, {})
    const { path, authorization } = await ask(API, { authorization: `Bearer ${accessToken}` })
    said[name] = [issuer, path, authorization === `Bearer ${accessToken}`]
  }
  const child = fork(new URL(import.meta.url), ['child'])
  said.fork = await new Promise((resolve) => child.on('message', resolve))
  // One that has no environment of its parent's.
  const worker = new Worker(new URL(import.meta.url), { env: {}, workerData: DISCOVERY })
  said.worker = await new Promise((resolve) => worker.on('message', resolve))
  console.log(JSON.stringify(said))
}

if (!isMainThread) parentPort.postMessage(await issuerAt(workerData))
else if (process.argv[2] === 'child') process.send(await issuerAt(DISCOVERY))
else await all()
