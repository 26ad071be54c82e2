import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { trustedRoots } from '../../src/transport/trust.js'

test('without a CA file Node decides whom to trust', () => {
  assert.equal(trustedRoots(new URL('https://contoso.ciamlogin.com/'), undefined), undefined)
})

test('for a host of the internet a CA file is trusted besides the public roots', () => {
  assert.deepEqual(trustedRoots(new URL('https://contoso.ciamlogin.com/'), 'PEM'), [...rootCertificates, 'PEM'])
})

for (const host of ['localhost:8443', 'contoso.localhost', '127.0.0.1', '127.1.2.3:443', '[::1]:8443']) {
  test(`for ${host} only the CA file is trusted`, () => {
    assert.deepEqual(trustedRoots(new URL(`https://${host}/`), 'PEM'), ['PEM'])
  })
}

for (const host of ['localhost.example', 'notlocalhost', '127.0.0.1.example', '[::2]']) {
  test(`${host} is no loopback host`, () => {
    assert.equal(trustedRoots(new URL(`https://${host}/`), 'PEM')?.length, rootCertificates.length + 1)
  })
}
