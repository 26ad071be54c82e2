import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBench } from './bench.js'
import { assertions, certificates, certificatesBySha1, secrets } from './credentials.js'
import { howToInstall, installed, pinned, sourcesOf } from './installed.js'
import { microsoft, prove } from './prove.js'

const name = `MSAL Python ${pinned('python', /^msal==(.+)$/m)}`
const folder = installed('python')
const discoveryOff = { INSTANCE_DISCOVERY: 'off' }
const everythingByProxy = { NO_PROXY: '' }

if (folder === undefined) {
  test(name, { skip: howToInstall })
} else {
  const bench = await openBench()
  after(() => bench[Symbol.asyncDispose]())
  prove(bench, {
    name,
    command: [join(folder, 'venv/bin/python'), join(sourcesOf('python'), 'acquire.py')],
    caches: true,
    credentials: { ...secrets, ...certificates, ...certificatesBySha1, ...assertions },
    rows: [
      { form: '<sub>.ciamlogin.com/' },
      { form: '<sub>.ciamlogin.com/<sub>.onmicrosoft.com' },
      { form: '<sub>.ciamlogin.com/<tid>' },
      { form: '<tid>.ciamlogin.com/<tid>' },
      { form: 'login.microsoftonline.com/<tid>' },
      { form: 'localhost:<port>/<tid>', told: discoveryOff },
      { form: 'localhost:<port>/<sub>.onmicrosoft.com', told: discoveryOff },
      // It asks about the host without its port, so that the answer leads it to 443; by the proxy that is the tenant too.
      { form: 'localhost:<port>/<tid>', told: everythingByProxy, tunnels: [microsoft, 'localhost:443'] },
      { form: 'localhost:<port>/<tid>/v2.0 as an OpenID provider' },
    ],
  })
}
