const axios = require('axios')
const yargs = require('yargs')
const { ConfidentialClientApplication } = require('@azure/msal-node')
const { msalConfig, protectedResources } = require('./authConfig')

const { op } = yargs.usage('Usage: --op <name>').option('op', { alias: 'operation', demandOption: true }).argv
const { endpoint, scopes } = protectedResources.apiToDoList

async function getToDos() {
  const client = new ConfidentialClientApplication(msalConfig)
  const { accessToken } = await client.acquireTokenByClientCredential({
    scopes: scopes.map((scope) => `${scope}/.default`),
  })
  const { data } = await axios.get(endpoint, { headers: { Authorization: `Bearer ${accessToken}` } })
  console.log(JSON.stringify(data.map(({ description }) => description)))
}

if (op !== 'getToDos') throw new Error(`There is no operation ${op}.`)
void getToDos()
