import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateIn } from '../src/pages/application/certificate-file.js'

const bytes = (text: string) => new TextEncoder().encode(text)

test('a certificate is read from PEM and from DER', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\r\nAAEC\n-----END CERTIFICATE-----\n'
  assert.equal(certificateIn(bytes(pem)), 'MIIBAAEC')
  const der = Uint8Array.from([0x30, 0x82, 0x00, 0xff, 0x80])
  assert.equal(certificateIn(der), Buffer.from(der).toString('base64'))
})

test('a file with a private key in it never leaves the page', () => {
  for (const kind of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY']) {
    const pem = `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN ${kind}-----\nAAAA\n`
    assert.throws(() => certificateIn(bytes(pem)), { code: 'private_key', message: /stays where it is/ })
  }
})
