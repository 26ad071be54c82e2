import assert from 'node:assert/strict'
import test from 'node:test'
import { type InterceptionSettings, interceptedEnvironment } from '../../src/run/environment.js'
import { readUserProxy } from '../../src/run/user-proxy.js'

const settings: InterceptionSettings = {
  tenantPort: 8443,
  proxyPort: 9999,
  ca: 'CA',
  userProxy: null,
  trust: { bundle: (base) => `bundle of ${base ?? 'the system'}`, javaStore: () => '/data/store.p12' },
  preload: '/a "quoted" path\\with/preload.cjs',
}
const java =
  '-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9999 -Djavax.net.ssl.trustStore=/data/store.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit'
const proxy = { HTTPS_PROXY: 'http://127.0.0.1:9999', https_proxy: 'http://127.0.0.1:9999' }

test('in an empty environment each runtime is given what it reads', () => {
  assert.deepEqual(interceptedEnvironment({ PATH: '/bin' }, settings), {
    PATH: '/bin',
    NODE_OPTIONS: '--require "/a \\"quoted\\" path\\\\with/preload.cjs"',
    ...proxy,
    NO_PROXY: 'localhost,127.0.0.1,::1',
    no_proxy: 'localhost,127.0.0.1,::1',
    npm_config_no_proxy: '*',
    SSL_CERT_FILE: 'bundle of the system',
    CURL_CA_BUNDLE: 'bundle of the system',
    REQUESTS_CA_BUNDLE: 'bundle of the system',
    JAVA_TOOL_OPTIONS: java,
  })
})

test('what the user has set is merged and stays in force, except where it would let a call go past the tenant', () => {
  const user = {
    NODE_OPTIONS: '--max-old-space-size=512',
    NODE_EXTRA_CA_CERTS: '/own/ca.pem',
    HTTPS_PROXY: 'http://corporate:8080',
    NO_PROXY: 'localhost,.corp.example,graph.microsoft.com,.com,*',
    SSL_CERT_FILE: '/own/ssl.pem',
    CURL_CA_BUNDLE: '/own/curl.pem',
    JAVA_TOOL_OPTIONS: '-Xmx1g',
  }
  const merged = interceptedEnvironment(user, { ...settings, userProxy: readUserProxy(user), preload: '/p.cjs' })
  assert.deepEqual(merged, {
    NODE_OPTIONS: '--require "/p.cjs" --max-old-space-size=512',
    NODE_EXTRA_CA_CERTS: '/own/ca.pem',
    ...proxy,
    NO_PROXY: 'localhost,127.0.0.1,::1,.corp.example',
    no_proxy: 'localhost,127.0.0.1,::1,.corp.example',
    SSL_CERT_FILE: 'bundle of /own/ssl.pem',
    CURL_CA_BUNDLE: 'bundle of /own/curl.pem',
    REQUESTS_CA_BUNDLE: 'bundle of /own/curl.pem',
    JAVA_TOOL_OPTIONS: `-Xmx1g ${java}`,
  })
})

test("a trust store of the user's for Java stays, and a path with a space is quoted", () => {
  const own = '-Djavax.net.ssl.trustStore=/own/store.jks'
  const kept = interceptedEnvironment({ JAVA_TOOL_OPTIONS: own }, settings)
  assert.equal(kept['JAVA_TOOL_OPTIONS'], `${own} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9999`)
  const trust = { ...settings.trust, javaStore: () => '/a b/store.p12' }
  const spaced = interceptedEnvironment({}, { ...settings, trust })
  assert.match(spaced['JAVA_TOOL_OPTIONS'] ?? '', /-Djavax\.net\.ssl\.trustStore="\/a b\/store\.p12" /)
})
