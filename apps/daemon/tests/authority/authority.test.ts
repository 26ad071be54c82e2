import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discoveryAddress, resolveAuthority } from '../../src/authority/authority.js'
import { Failure } from '../../src/failure.js'

const tenantId = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
const authority = new URL('https://contoso.ciamlogin.com/')
const metadata = {
  issuer: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
  authorization_endpoint: 'https://contoso.ciamlogin.com/authorize',
  token_endpoint: 'https://contoso.ciamlogin.com/token',
  jwks_uri: 'https://contoso.ciamlogin.com/keys',
}

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    return error.message
  }
  throw new assert.AssertionError({ message: 'it was accepted' })
}

test('a tenant resolves to host and tenant id, with the host of its issuer known', () => {
  assert.deepEqual(resolveAuthority(authority, metadata), {
    href: `https://contoso.ciamlogin.com/${tenantId}`,
    knownHosts: ['contoso.ciamlogin.com', `${tenantId}.ciamlogin.com`],
    metadata: JSON.stringify(metadata),
  })
})

test('an issuer of the own host is known once', () => {
  const local = new URL(`https://localhost:8443/${tenantId}`)
  const document = { ...metadata, issuer: `https://localhost:8443/${tenantId}/v2.0` }
  assert.deepEqual(resolveAuthority(local, document).knownHosts, ['localhost:8443'])
})

for (const issuer of [`https://evil.example/${tenantId}/v2.0`, `https://other.ciamlogin.com/${tenantId}/v2.0`]) {
  test(`the issuer ${issuer} is refused`, () => {
    assert.equal(
      refusal(() => resolveAuthority(authority, { ...metadata, issuer })),
      `no access token: the authority https://contoso.ciamlogin.com/ names another issuer, ${issuer}`,
    )
  })
}

test('an issuer of another tenant than the path names is refused', () => {
  const named = new URL('https://contoso.ciamlogin.com/99998888-7777-4666-8555-444433332222')
  assert.match(
    refusal(() => resolveAuthority(named, metadata)),
    /names another issuer/,
  )
})

for (const document of [
  undefined,
  [],
  {},
  { ...metadata, token_endpoint: 'x' },
  { ...metadata, issuer: 'x' },
  { ...metadata, jwks_uri: 1 },
]) {
  test(`${JSON.stringify(document)?.slice(0, 60)} is no OpenID configuration of a tenant`, () => {
    assert.match(
      refusal(() => resolveAuthority(authority, document)),
      /is no OpenID configuration of a Microsoft Entra tenant$/,
    )
  })
}

test('a token endpoint without TLS is refused', () => {
  const document = { ...metadata, token_endpoint: 'http://contoso.ciamlogin.com/token' }
  assert.match(
    refusal(() => resolveAuthority(authority, document)),
    /names http:\/\/contoso\.ciamlogin\.com, which is not https$/,
  )
})

for (const [address, why] of [
  ['https://localhost:8443/', 'it does not name the tenant'],
  ['https://login.contoso.example/', 'it does not name the tenant'],
  ['https://a.b.ciamlogin.com/', 'it does not name the tenant'],
  [`https://contoso.ciamlogin.com/${tenantId}/oauth2/v2.0/token`, 'its path is more than a tenant'],
] as const) {
  test(`${address} is refused, because ${why}`, () => {
    assert.equal(
      refusal(() => discoveryAddress(new URL(address))),
      `AUTHORITY ${address} cannot be used: ${why}`,
    )
  })
}
