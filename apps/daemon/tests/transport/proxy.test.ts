import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { readProxies } from '../../src/transport/proxy.js'

const proxy = 'http://proxy.example:3128'
const cloud = 'https://contoso.ciamlogin.com/'

function chosen(environment: Record<string, string>, address = cloud): string | undefined {
  return readProxies(environment)(new URL(address))?.href
}

test('without HTTPS_PROXY nothing goes through a proxy', () => {
  assert.equal(chosen({ NO_PROXY: 'x', HTTP_PROXY: proxy }), undefined)
  assert.equal(chosen({ HTTPS_PROXY: ' ' }), undefined)
})

test('HTTPS_PROXY is used, the lower-case spelling wins, and a proxy without scheme speaks http', () => {
  assert.equal(chosen({ HTTPS_PROXY: proxy }), `${proxy}/`)
  assert.equal(chosen({ HTTPS_PROXY: 'http://other:1', https_proxy: proxy }), `${proxy}/`)
  assert.equal(chosen({ HTTPS_PROXY: 'proxy.example:3128' }), `${proxy}/`)
})

const direct: readonly [noProxy: string, address: string][] = [
  ['*', cloud],
  ['contoso.ciamlogin.com', cloud],
  ['ciamlogin.com', cloud],
  ['.ciamlogin.com', cloud],
  ['*.ciamlogin.com', cloud],
  ['a.example, CIAMLOGIN.com', cloud],
  ['a.example ciamlogin.com:443', cloud],
  ['10.1.2.3', 'https://10.1.2.3/'],
  ['10.0.0.0/8', 'https://10.1.2.3:8443/'],
  ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/'],
  ['2001:db8::1', 'https://[2001:db8::1]/'],
  ['2001:db8::/32', 'https://[2001:db8::1]/'],
  ['', 'https://localhost:8443/'],
  ['', 'https://127.0.0.1:8443/'],
]

for (const [noProxy, address] of direct) {
  test(`with NO_PROXY="${noProxy}" ${address} is reached directly`, () => {
    assert.equal(chosen({ HTTPS_PROXY: proxy, NO_PROXY: noProxy }, address), undefined)
  })
}

const proxied: readonly [noProxy: string, address: string][] = [
  ['login.com', cloud],
  ['ciamlogin.com:8443', cloud],
  ['0.3', 'https://10.1.0.3/'],
  ['10.0.0.0/8', 'https://11.1.2.3/'],
  ['10.0.0.0/99', 'https://10.1.2.3/'],
  ['10.0.0.0/8', 'https://ten.example/'],
]

for (const [noProxy, address] of proxied) {
  test(`with NO_PROXY="${noProxy}" ${address} goes through the proxy`, () => {
    assert.equal(chosen({ HTTPS_PROXY: proxy, NO_PROXY: noProxy }, address), `${proxy}/`)
  })
}

for (const value of ['socks5://proxy.example', 'http://', 'http://user:100%@proxy.example']) {
  test(`HTTPS_PROXY=${value} is refused without being repeated`, () => {
    assert.throws(
      () => readProxies({ HTTPS_PROXY: value }),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.exit, 'configuration')
        assert.equal(error.message, 'HTTPS_PROXY cannot be used: it is not the address of an HTTP proxy')
        return true
      },
    )
  })
}
