// What the daemon does, with the packages that Microsoft's sample is made of: node daemon.cjs --op getToDos
'use strict'

require('dotenv').config({ path: process.env.SETTINGS_FILE })
const yargs = require('yargs')
const axios = require('axios')
const { ConfidentialClientApplication } = require('@azure/msal-node')

const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, AUTHORITY: authority, SCOPES, API_ENDPOINT } = process.env
const { op } = yargs(process.argv.slice(2)).usage('Usage: --op <name>').option('op', { demandOption: true }).parse()

async function getToDos() {
  const knownAuthorities = [new URL(authority).host]
  const client = new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority, knownAuthorities } })
  const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [SCOPES] })
  const { data } = await axios.get(API_ENDPOINT, { headers: { Authorization: `Bearer ${accessToken}` } })
  console.log(JSON.stringify(data, null, 2))
}

if (op !== 'getToDos') throw new Error(`There is no operation ${op}.`)
void getToDos()
