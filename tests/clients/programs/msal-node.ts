// MSAL Node over its own network client, which trusts what NODE_EXTRA_CA_CERTS names. MSAL_NODE says which version.
import { acquireTwice, type Major, majors } from '../msal-node.js'
import { readRequest } from './request.js'

const { authority, knownAuthority: known, clientId, proof, scope } = readRequest(process.env)
const major = (Object.keys(majors) as Major[]).find((name) => name === process.env['MSAL_NODE'])
if (major === undefined) throw new Error(`MSAL_NODE is none of ${Object.keys(majors).join(', ')}`)
const acquisition = await acquireTwice(await majors[major](), {
  authority,
  known,
  oidc: false,
  clientId,
  proof,
  scope,
})
console.log(JSON.stringify(acquisition))
