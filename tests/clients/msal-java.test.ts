import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { type Bench, openBench } from './bench.js'
import { assertions, certificates, secrets } from './credentials.js'
import { howToInstall, installed, pinned } from './installed.js'
import { microsoft, prove } from './prove.js'

const name = `MSAL Java ${pinned('java', /<artifactId>msal4j<\/artifactId>\s*<version>(.+)<\/version>/)}`
const folder = installed('java')
// Without one Java finds no certificates in a store; it guards nothing but a public certificate.
const password = 'certificates only'
const discoveryOff = { INSTANCE_DISCOVERY: 'off' }

if (folder === undefined) {
  test(name, { skip: howToInstall })
} else {
  const bench = await openBench()
  after(() => bench[Symbol.asyncDispose]())
  prove(bench, {
    name,
    command: java(bench, folder),
    caches: true,
    credentials: { ...secrets, ...certificates, ...assertions },
    rows: [
      { form: '<sub>.ciamlogin.com/' },
      { form: '<sub>.ciamlogin.com/<sub>.onmicrosoft.com' },
      { form: '<sub>.ciamlogin.com/<tid>' },
      { form: '<tid>.ciamlogin.com/<tid>' },
      { form: 'login.microsoftonline.com/<tid>', tunnels: [microsoft] },
      // It keeps a token under the host and looks for it under host and port, so that it never finds it.
      { form: 'localhost:<port>/<tid>', tunnels: [microsoft], caches: false },
      { form: 'localhost:<port>/<tid>', told: discoveryOff, caches: false },
      { form: 'localhost:<port>/<sub>.onmicrosoft.com', tunnels: [microsoft], caches: false },
      { form: 'localhost:<port>/<tid>/v2.0 as an OpenID provider' },
    ],
  })
}

/** Java reads neither a CA nor a proxy from the environment. */
function java({ folder: own, caFile, proxy }: Bench, client: string): string[] {
  const trustStore = join(own, 'trust.p12')
  makeTrustStore(trustStore, caFile)
  return [
    'java',
    // The program lives for a second: compiling it thoroughly is not worth the time.
    '-XX:TieredStopAtLevel=1',
    `-Djavax.net.ssl.trustStore=${trustStore}`,
    `-Djavax.net.ssl.trustStorePassword=${password}`,
    '-Dhttps.proxyHost=127.0.0.1',
    `-Dhttps.proxyPort=${proxy.port}`,
    '-Dhttp.nonProxyHosts=localhost',
    '-classpath',
    [join(client, 'classes'), join(client, 'lib', '*')].join(delimiter),
    'AcquireToken',
  ]
}

function makeTrustStore(file: string, caFile: string): void {
  const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', password]
  const [keytool, ...args] = ['keytool', '-importcert', '-noprompt', '-alias', 'ca', '-file', caFile, ...store]
  const made = spawnSync(keytool ?? '', args)
  assert.equal(made.status, 0, `keytool could not make a trust store: ${made.error?.message ?? String(made.stderr)}`)
}
