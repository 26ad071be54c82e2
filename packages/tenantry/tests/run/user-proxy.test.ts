import assert from 'node:assert/strict'
import test from 'node:test'
import { readUserProxy, upstreamOf } from '../../src/run/user-proxy.js'

test('without a proxy in the environment there is none', () => {
  assert.equal(readUserProxy({}), null)
  assert.equal(readUserProxy({ HTTPS_PROXY: '', HTTP_PROXY: 'http://only-for-http:1' }), null)
})

test('the proxy is read from HTTPS_PROXY or ALL_PROXY, lower case first', () => {
  const read = (environment: Record<string, string>) => {
    const found = readUserProxy(environment)
    return found && [found.host, found.port, found.authorization]
  }
  assert.deepEqual(read({ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }), ['b', 2, null])
  assert.deepEqual(read({ ALL_PROXY: 'c' }), ['c', 80, null])
  assert.deepEqual(read({ HTTPS_PROXY: 'http://[::1]:3/' }), ['::1', 3, null])
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  assert.deepEqual(read({ HTTPS_PROXY: 'http://u:p%40ss@d:4' }), ['d', 4, basic('u:p@ss')])
  assert.deepEqual(read({ HTTPS_PROXY: 'http://u:100%@d:4' }), ['d', 4, basic('u:100%')])
})

test('a proxy of another kind is refused by the name of its variable alone, because its address may hold a password', () => {
  for (const [name, address] of [
    ['HTTPS_PROXY', 'https://u:hidden@a:1'],
    ['ALL_PROXY', 'socks5://u:hidden@a:1'],
    ['https_proxy', 'http://u:hidden@a:notaport'],
  ] as const) {
    assert.throws(() => readUserProxy({ [name]: address }), {
      name: 'Failure',
      exitCode: 6,
      message: `${name} names no proxy that is reached by plain HTTP`,
      next: `set ${name} to http://<host>:<port>, or unset it`,
    })
  }
})

test('the proxy is told where to go and who asks; what NO_PROXY names is reached without it', () => {
  const environment = {
    HTTPS_PROXY: 'http://u:p@proxy:8080',
    NO_PROXY: '.corp.example, plain.example only.example:8443',
  }
  const proxy = readUserProxy(environment)
  assert.ok(proxy)
  assert.deepEqual(upstreamOf(proxy, 'example.com', 443), {
    onward: { host: 'proxy', port: 8080 },
    greeting: 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\nproxy-authorization: Basic dTpw\r\n\r\n',
  })
  assert.match(upstreamOf(proxy, '2001:db8::1', 443)?.greeting ?? '', /^CONNECT \[2001:db8::1\]:443 /)
  for (const host of ['a.corp.example', 'corp.example', 'PLAIN.example', 'a.plain.example']) {
    assert.equal(upstreamOf(proxy, host, 443), null, host)
  }
  assert.equal(upstreamOf(proxy, 'only.example', 8443), null)
  for (const host of ['only.example', 'notplain.example', 'explain.example'])
    assert.ok(upstreamOf(proxy, host, 443), host)
  assert.equal(upstreamOf({ ...proxy, direct: ['*'] }, 'example.com', 443), null)
})
