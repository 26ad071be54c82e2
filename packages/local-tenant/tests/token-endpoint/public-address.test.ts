import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress, lookupPublic } from '../../src/token-endpoint/public-address.js'

const notPublic = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.0.0.8', '192.168.1.1', '198.18.0.1', '203.0.113.9', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::a00:1', 'fe80::1', 'fc00::1'],
  ...['fd12:3456::1', 'ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', '100::1'],
]
const open = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '192.0.3.1', '223.255.255.255', '2606:4700::1111']

test('addresses of this machine, of its networks and of special purposes are not public', () => {
  for (const address of notPublic) assert.equal(isPublicAddress(address), false, address)
})

test('addresses of the internet are public', () => {
  for (const address of open) assert.equal(isPublicAddress(address), true, address)
})

test('a name with an address that is not public is refused when it is looked up for a connection', async () => {
  const refusal = new Error('refused')
  for (const options of [{}, { all: true }, { family: 4 }]) {
    const error = await new Promise((resolve) => lookupPublic(() => refusal)('localhost', options, resolve))
    assert.equal(error, refusal)
  }
})
