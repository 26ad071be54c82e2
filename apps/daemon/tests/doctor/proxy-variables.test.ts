import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor } from '../../src/doctor/proxy-variables.js'

const urls = [new URL('https://contoso.ciamlogin.com/x'), new URL('https://localhost:44351/api')]
const hosts = (no: string) => proxyFor(urls, { HTTPS_PROXY: 'proxy.example:8080', NO_PROXY: no })?.hosts

test('without a variable there is no proxy; lower case wins', () => {
  assert.equal(proxyFor(urls, {}), undefined)
  assert.equal(proxyFor(urls, { HTTPS_PROXY: '' }), undefined)
  const found = proxyFor(urls, { https_proxy: 'http://a.example', HTTPS_PROXY: 'http://b.example' })
  assert.deepEqual([found?.variable, found?.address?.host], ['https_proxy', 'a.example'])
})

test('an address may lack its scheme; what is none is told', () => {
  assert.equal(proxyFor(urls, { HTTPS_PROXY: 'proxy.example:8080' })?.address?.host, 'proxy.example:8080')
  for (const wrong of ['http://', 'ftp://x', 'http://a b'])
    assert.equal(proxyFor(urls, { HTTPS_PROXY: wrong })?.address, undefined, wrong)
})

test('NO_PROXY leaves out hosts, domains, ports or everything', () => {
  assert.deepEqual(hosts(''), ['contoso.ciamlogin.com', 'localhost'])
  assert.deepEqual(hosts('localhost'), ['contoso.ciamlogin.com'])
  assert.deepEqual(hosts('.ciamlogin.com, localhost:44351'), [])
  assert.deepEqual(hosts('*.ciamlogin.com'), ['localhost'])
  assert.deepEqual(hosts('localhost:1'), ['contoso.ciamlogin.com', 'localhost'])
  assert.deepEqual(hosts('ciamlogin.co'), ['contoso.ciamlogin.com', 'localhost'])
  assert.deepEqual(hosts('*'), [])
})
