// A daemon in the shape of Microsoft's: node sample.cjs --op getToDos. Its settings stand in .env, its packages beside it.
'use strict'

require('dotenv').config()
const yargs = require('yargs')
const axios = require('axios')
const { ConfidentialClientApplication } = require(process.env.MSAL_PACKAGE ?? '@azure/msal-node')

const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, AUTHORITY: authority, API_SCOPE, API_ENDPOINT } = process.env
const { op } = yargs(process.argv.slice(2)).usage('Usage: --op <name>').option('op', { demandOption: true }).parse()

async function getToDos() {
  const client = new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority } })
  const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [API_SCOPE] })
  const { data } = await axios.get(API_ENDPOINT, { headers: { Authorization: `Bearer ${accessToken}` } })
  console.log(JSON.stringify(data))
}

if (op !== 'getToDos') throw new Error(`There is no operation ${op}.`)
getToDos().catch(({ errorCode, code }) => {
  console.log(`failed: ${errorCode ?? code}`)
  process.exitCode = 1
})
