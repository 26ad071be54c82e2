import assert from 'node:assert/strict'
import test from 'node:test'
import { coversMicrosoft, type Destination, destinationOf, hostPatterns } from '../../src/run/microsoft-hosts.js'

const belongs: readonly [destination: Destination, ...targets: [host: string, port: number][]][] = [
  [
    'tenant',
    ['login.microsoftonline.com', 443],
    ['LOGIN.MicrosoftOnline.com', 443],
    ['graph.microsoft.com.', 443],
    ['contoso.ciamlogin.com', 443],
    ['5f1c2f5e-0a7e-4b7b-9d1c-0c5a0e6f3a11.ciamlogin.com', 443],
  ],
  [
    'refused',
    ['login.microsoftonline.com', 80],
    ['login.microsoftonline.com', 8443],
    ['login.microsoftonline.us', 443],
    ['graph.microsoft.de', 443],
    ['graph.microsoft.us', 443],
    ['dod-graph.microsoft.us', 443],
    ['microsoftgraph.chinacloudapi.cn', 443],
    ['login.partner.microsoftonline.cn', 443],
    ['login.chinacloudapi.cn', 443],
    ['login.windows.net', 443],
    ['sts.windows.net', 443],
    ['login.microsoft.com', 443],
    ['westeurope.login.microsoft.com', 443],
    ['device.login.microsoftonline.com', 443],
    ['canary.graph.microsoft.com', 443],
    ['a.b.ciamlogin.com', 443],
    ['ciamlogin.com', 443],
    ['contoso.b2clogin.com', 443],
    ['graph.windows.net', 443],
  ],
  [
    'elsewhere',
    ['localhost', 443],
    ['example.com', 443],
    ['microsoft.com', 443],
    ['learn.microsoft.com', 443],
    ['notlogin.windows.net.example', 443],
    ['evilciamlogin.com', 443],
    ['login.microsoftonline.com.evil.example', 443],
  ],
]

for (const [destination, ...targets] of belongs) {
  for (const [host, port] of targets) {
    test(`a connection to ${host}:${port} goes to: ${destination}`, () => {
      assert.equal(destinationOf(host, port), destination)
    })
  }
}

test('whatever is emulated is known as a host of Microsoft, which is what the preload asks first', () => {
  const microsoft = new RegExp(hostPatterns.microsoft)
  for (const host of ['login.microsoftonline.com', 'graph.microsoft.com', 'any.ciamlogin.com']) {
    assert.match(host, microsoft)
    assert.match(host, new RegExp(hostPatterns.emulated))
  }
})

test('an exception from the proxy that covers a host of Microsoft is seen in every form in which it is written', () => {
  const covering = [
    '*',
    '.com',
    'com',
    '*.microsoft.com',
    'graph.microsoft.com:443',
    '.MicrosoftOnline.com',
    'us',
    'windows.net',
  ]
  for (const entry of covering) assert.ok(coversMicrosoft(entry), entry)
  for (const entry of ['localhost', '10.0.0.0/8', '.corp.example', 'learn.microsoft.com', '127.0.0.1:8080']) {
    assert.ok(!coversMicrosoft(entry), entry)
  }
})
