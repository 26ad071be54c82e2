import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBench } from './bench.js'
import { assertions, certificates, secrets } from './credentials.js'
import { howToInstall, installed, pinned } from './installed.js'
import { microsoft, prove } from './prove.js'

const name = `MSAL Go ${pinned('go', /authentication-library-for-go v(\S+)$/m)}`
const folder = installed('go')
const discoveryOff = { INSTANCE_DISCOVERY: 'off' }

if (folder === undefined) {
  test(name, { skip: howToInstall })
} else {
  const bench = await openBench()
  after(() => bench[Symbol.asyncDispose]())
  prove(bench, {
    name,
    command: [join(folder, 'acquire')],
    caches: true,
    credentials: { ...secrets, ...certificates, ...assertions },
    rows: [
      { form: '<tid>.ciamlogin.com/<tid>', told: discoveryOff },
      { form: 'login.microsoftonline.com/<tid>' },
      { form: 'localhost:<port>/<tid>', tunnels: [microsoft] },
      { form: 'localhost:<port>/<tid>', told: discoveryOff },
      { form: 'localhost:<port>/<sub>.onmicrosoft.com', tunnels: [microsoft] },
      // It knows no ciamlogin.com: an authority has a path, and the issuer has the authority's host.
      { form: '<sub>.ciamlogin.com/', told: discoveryOff, refusal: 'authority without a tenant' },
      { form: '<sub>.ciamlogin.com/<tid>', told: discoveryOff, refusal: 'issuer does not match authority' },
    ],
  })
}
