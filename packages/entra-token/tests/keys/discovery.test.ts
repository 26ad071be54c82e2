import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { loadKeySet } from '../../src/keys/discovery.js'
import { keyDocument, keyPair, publishedKey, tenantId } from '../test-tenant.js'

const ofTenant = { tenantId, versions: ['2.0'], cloudInstance: null, signingKeysOf: null } as const
const signal = new AbortController().signal
const local = `https://localhost:8443/${tenantId}`
const ciam = `https://contoso.ciamlogin.com/${tenantId}`
const ciamIssuer = `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`

test('the configuration is fetched below the authority, and the keys where it says', async () => {
  const { keys, asked } = await load(local, { issuer: `${local}/v2.0`, jwks_uri: `${local}/discovery/v2.0/keys?p=1` })
  assert.deepEqual(asked, [`${local}/v2.0/.well-known/openid-configuration`, `${local}/discovery/v2.0/keys?p=1`])
  assert.equal(keys.get('key-1')?.origins['2.0']?.issuer, `${local}/v2.0`)
})

suite('these constellations of hosts are one tenant', () => {
  const custom = `https://login.contoso.com/${tenantId}`
  const accepted: Record<string, [authority: string, issuer: string, keys: string]> = {
    'External ID by name, issuer by GUID': [ciam, ciamIssuer, `${ciam}/discovery/v2.0/keys`],
    'External ID, keys at the GUID host': [ciam, ciamIssuer, `https://${tenantId}.ciamlogin.com/${tenantId}/keys`],
    'a custom domain in front of External ID': [custom, ciamIssuer, `${custom}/discovery/v2.0/keys`],
    'a custom domain as its own issuer': [custom, `${custom}/v2.0`, `${custom}/discovery/v2.0/keys`],
    'a workforce tenant': [
      `https://login.microsoftonline.com/${tenantId}`,
      `https://login.microsoftonline.com/${tenantId}/v2.0`,
      `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`,
    ],
  }
  for (const [name, [authority, issuer, jwks_uri]] of Object.entries(accepted)) {
    test(name, async () => {
      const { keys } = await load(authority, { issuer, jwks_uri })
      assert.equal(keys.get('key-1')?.origins['2.0']?.issuer, issuer)
    })
  }
})

suite('a configuration that leads elsewhere is refused', () => {
  const good = { issuer: `${local}/v2.0`, jwks_uri: `${local}/discovery/v2.0/keys` }
  const other = 'aaaaaaaa-0000-4000-8000-00000000000f'
  const refused: Record<string, [Record<string, unknown>, RegExp]> = {
    'no issuer': [{ ...good, issuer: undefined }, /issuer is not an https address/],
    'an issuer of another tenant': [
      { ...good, issuer: `https://localhost:8443/${other}/v2.0` },
      /issuer is not https:.*Is the authority/,
    ],
    'the template of all tenants': [
      { ...good, issuer: 'https://localhost:8443/{tenantid}/v2.0' },
      /issuer is not https:/,
    ],
    'the issuer of version 1.0': [
      { ...good, issuer: `https://sts.windows.net/${tenantId}/` },
      /issuer is not an https address/,
    ],
    'an issuer on another host': [
      { ...good, issuer: `https://evil.example/${tenantId}/v2.0` },
      /issuer is not an https address/,
    ],
    'an issuer with a trailing slash': [{ ...good, issuer: `${good.issuer}/` }, /issuer is not https:/],
    'an issuer with an upper-case host': [
      { ...good, issuer: good.issuer.replace('localhost', 'LOCALHOST') },
      /issuer is not https:/,
    ],
    'a look-alike of ciamlogin.com': [
      { ...good, issuer: `https://evilciamlogin.com/${tenantId}/v2.0` },
      /issuer is not an https/,
    ],
    'no address of keys': [{ ...good, jwks_uri: undefined }, /jwks_uri is not an https address/],
    'keys over http': [{ ...good, jwks_uri: 'http://localhost:8443/keys' }, /jwks_uri is not an https address/],
    'keys on another host': [{ ...good, jwks_uri: 'https://evil.example/keys' }, /jwks_uri is not an https address/],
    'keys on another port': [{ ...good, jwks_uri: 'https://localhost:9443/keys' }, /jwks_uri is not an https address/],
    'keys behind a password': [
      { ...good, jwks_uri: 'https://a:b@localhost:8443/keys' },
      /jwks_uri is not an https address/,
    ],
    'keys in a file': [{ ...good, jwks_uri: 'file:///etc/keys' }, /jwks_uri is not an https address/],
  }
  for (const [name, [document, message]] of Object.entries(refused)) {
    test(name, () => assert.rejects(load(local, document), message))
  }
})

test('keys of login.microsoftonline.com do not serve a ciamlogin.com authority', async () => {
  const jwks_uri = `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`
  await assert.rejects(load(ciam, { issuer: ciamIssuer, jwks_uri }), /contoso\.ciamlogin\.com or below ciamlogin\.com/)
})

async function load(authority: string, document: object) {
  const asked: string[] = []
  const answers = [Buffer.from(JSON.stringify(document)), keyDocument(publishedKey('key-1', keyPair.publicKey))]
  const get = async (url: URL) => answers[asked.push(url.href) - 1] ?? assert.fail('a third request')
  return { keys: await loadKeySet({ ...ofTenant, url: new URL(authority) }, get, signal), asked }
}
