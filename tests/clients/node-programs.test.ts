import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readManifest } from '../workspaces.js'
import { openBench } from './bench.js'
import { assertions, type Credentials, certificates, secrets } from './credentials.js'
import { majors } from './msal-node.js'
import type { Environment } from './program.js'
import { microsoft, prove } from './prove.js'

const bench = await openBench()
after(() => bench[Symbol.asyncDispose]())

const program = (url: string): string[] => [process.execPath, fileURLToPath(url)]
const versions = readManifest('tests').dependencies ?? {}

/** The network client that MSAL brings along; the real host names and the other credentials are tried in msal-node.test.ts. */
for (const [major, load] of Object.entries(majors)) {
  const { version } = await load()
  prove(bench, {
    name: `MSAL Node ${version} over its own network client`,
    command: program(import.meta.resolve('./programs/msal-node.js')),
    caches: true,
    credentials: { ...secrets, 'a certificate': certificates['a certificate'] },
    told: { MSAL_NODE: major },
    rows: [{ form: 'localhost:<port>/<tid>' }, { form: 'localhost:<port>/<sub>.onmicrosoft.com' }],
  })
}

prove(bench, {
  name: `@azure/identity ${versions['@azure/identity']}`,
  command: program(import.meta.resolve('./programs/azure-identity.js')),
  caches: true,
  credentials: { ...secrets, ...certificates, ...assertions },
  rows: [
    { form: '<sub>.ciamlogin.com/<tid>' },
    { form: '<tid>.ciamlogin.com/<tid>' },
    { form: '<sub>.ciamlogin.com/<sub>.onmicrosoft.com', refusal: 'endpoints_resolution_error' },
    { form: 'login.microsoftonline.com/<tid>' },
    { form: 'localhost:<port>/<tid>', told: { INSTANCE_DISCOVERY: 'off' } },
    { form: 'localhost:<port>/<tid>', tunnels: [microsoft] },
  ],
})

const openidClients = {
  'openid-client': import.meta.resolve('./programs/openid-client.js'),
  oauth4webapi: import.meta.resolve('./programs/oauth4webapi.js'),
}

const authentications: readonly { readonly told: Environment; readonly credentials: Credentials }[] = [
  { told: { CLIENT_AUTHENTICATION: 'client_secret_post' }, credentials: secrets },
  { told: { CLIENT_AUTHENTICATION: 'client_secret_basic' }, credentials: secrets },
  { told: { CLIENT_AUTHENTICATION: 'private_key_jwt', ALGORITHM: 'RS256' }, credentials: certificates },
  { told: { CLIENT_AUTHENTICATION: 'private_key_jwt', ALGORITHM: 'PS256' }, credentials: certificates },
]

for (const [name, url] of Object.entries(openidClients)) {
  for (const { told, credentials } of authentications) {
    prove(bench, {
      name: `${name} ${versions[name]} by ${Object.values(told).join(' ')}`,
      command: program(url),
      caches: false,
      credentials,
      told,
      // To them the issuer in the metadata has to be, to the letter, the address that they were given.
      rows: [{ form: 'localhost:<port>/<tid>/v2.0 as an OpenID provider' }],
    })
  }
}
