import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { loadCertificate } from '../../src/credentials/certificate.js'
import { Unusable } from '../../src/credentials/credential.js'
import type { Material } from '../../src/credentials/credential-source.js'
import { makeCertificate, makePfx } from '../stand-in/certificates.js'

const now = Date.parse('2026-11-23T10:00:00Z')
const password = 'a pass phrase'
const own = makeCertificate(now)
const other = makeCertificate(now)
const thumbprint = new X509Certificate(own.certificatePem).fingerprint256.replaceAll(':', '')
const sha1 = new X509Certificate(own.certificatePem).fingerprint
const encrypted = own.key
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
  .toString()
const pkcs1 = own.key.export({ type: 'pkcs1', format: 'pem' }).toString()
const pkcs1Encrypted = own.key
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
  .toString()
const pfx = makePfx(own, password)

interface Given {
  certificate?: string | Buffer
  privateKey?: string | Buffer
  password?: string
  thumbprint?: string
}

function load(given: Given) {
  const contents = new Map<Material, Buffer>()
  const material = (setting: string, content: string | Buffer | undefined): Material | undefined => {
    if (content === undefined) return undefined
    const found: Material = { setting, origin: 'the test', from: 'file', path: `/${setting}` }
    contents.set(found, Buffer.from(content))
    return found
  }
  const source = {
    kind: 'certificate' as const,
    certificate: material('CERT_FILE', given.certificate),
    privateKey: material('CERT_PRIVATE_KEY_FILE', given.privateKey),
    password: material('CERT_PASSWORD_FILE', given.password),
    thumbprint: given.thumbprint,
  }
  const read = (wanted: Material): Promise<Buffer> => Promise.resolve(contents.get(wanted) ?? Buffer.alloc(0))
  return loadCertificate(source, { read }, now)
}

const forms: Readonly<Record<string, Given>> = {
  'key and certificate in one PEM file': { certificate: own.keyPem + own.certificatePem },
  'certificate and key in two PEM files': { certificate: own.certificatePem, privateKey: own.keyPem },
  'a chain, of which the certificate of the key is the second': {
    certificate: own.keyPem + other.certificatePem + own.certificatePem,
  },
  'a PKCS #1 key': { certificate: own.certificatePem + pkcs1 },
  'an encrypted PKCS #8 key': { certificate: own.certificatePem, privateKey: encrypted, password: `${password}\n` },
  'an encrypted PKCS #1 key': { certificate: own.certificatePem + pkcs1Encrypted, password },
  'PEM in one line with \\n': { certificate: (own.keyPem + own.certificatePem).replaceAll('\n', '\\n') },
  'PEM in base64': { certificate: Buffer.from(own.keyPem + own.certificatePem).toString('base64') },
  'PKCS #12': { certificate: pfx, password },
  'PKCS #12 in base64': { certificate: pfx.toString('base64'), password },
  'a thumbprint with colons that is the right one': {
    certificate: own.keyPem + own.certificatePem,
    thumbprint: sha1.toLowerCase(),
  },
}

for (const [form, given] of Object.entries(forms)) {
  test(`${form} is read, and the SHA-256 thumbprint computed`, async () => {
    const { kind, fingerprint, forMsal, expiresAt } = await load(given)
    assert.equal(kind, 'certificate')
    assert.equal(fingerprint, thumbprint)
    assert.equal(forMsal.clientCertificate?.thumbprintSha256, thumbprint)
    assert.equal(forMsal.clientCertificate?.privateKey, own.keyPem)
    assert.equal(expiresAt, now + 365 * 24 * 60 * 60 * 1000)
  })
}

test("the sample's form, key and thumbprint, needs no certificate; its length tells SHA-1 from SHA-256", async () => {
  const short = await load({ privateKey: own.keyPem, thumbprint: sha1 })
  assert.deepEqual(short.forMsal.clientCertificate, {
    thumbprint: sha1.replaceAll(':', ''),
    privateKey: own.keyPem,
  })
  const long = await load({ privateKey: own.keyPem, thumbprint })
  assert.equal(long.forMsal.clientCertificate?.thumbprintSha256, thumbprint)
})

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const weak = makeCertificate(now, { bits: 1024 })
const expired = makeCertificate(now, { fromDays: -30, toDays: -1, key: own.key })
const early = makeCertificate(now, { fromDays: 1, toDays: 30, key: own.key })

const refusals: readonly [form: string, given: Given, exit: string, why: RegExp][] = [
  [
    'an EC key',
    { certificate: own.certificatePem, privateKey: ec },
    'configuration',
    /is not RSA, and MSAL signs with RSA only$/,
  ],
  [
    'a weak key',
    { certificate: weak.keyPem + weak.certificatePem },
    'configuration',
    /has 1024 bits; Entra wants at least 2048$/,
  ],
  [
    'an expired certificate',
    { certificate: own.keyPem + expired.certificatePem },
    'authentication',
    /has expired \(Nov 22 .+ 2026 GMT\)$/,
  ],
  [
    'a certificate of tomorrow',
    { certificate: own.keyPem + early.certificatePem },
    'authentication',
    /is not valid yet \(from Nov 24 .+ 2026 GMT\)$/,
  ],
  [
    'a foreign certificate',
    { certificate: other.certificatePem, privateKey: own.keyPem },
    'configuration',
    /do not belong together$/,
  ],
  [
    'an encrypted key without password',
    { certificate: own.certificatePem + encrypted },
    'configuration',
    /is encrypted; set CERT_PASSWORD_FILE or CERT_PASSWORD$/,
  ],
  [
    'a wrong password',
    { certificate: own.certificatePem + encrypted, password: 'wrong' },
    'configuration',
    /does not open with the password of CERT_PASSWORD$/,
  ],
  [
    'a wrong password of PKCS #12',
    { certificate: pfx, password: 'wrong' },
    'configuration',
    /does not open with the password of CERT_PASSWORD$/,
  ],
  [
    'damaged PKCS #12',
    { certificate: pfx.subarray(0, 900), password },
    'configuration',
    /is no PKCS #12 file that can be read$/,
  ],
  [
    'a certificate without key',
    { certificate: own.certificatePem },
    'configuration',
    /holds no private key; name the file of the key with CERT_PRIVATE_KEY_FILE$/,
  ],
  [
    'a key without certificate and thumbprint',
    { privateKey: own.keyPem },
    'configuration',
    /CERT_THUMBPRINT is missing; name one with CERT_FILE$/,
  ],
  [
    'a thumbprint that was cut',
    { privateKey: own.keyPem, thumbprint: 'AB:CD' },
    'configuration',
    /CERT_THUMBPRINT is neither 40 nor 64 hexadecimal digits/,
  ],
  [
    'a foreign thumbprint',
    { certificate: own.keyPem + own.certificatePem, thumbprint: 'AB:CD' },
    'configuration',
    /CERT_THUMBPRINT is not that of the certificate of .+, which is [0-9A-F]{64}$/,
  ],
  [
    'a damaged certificate',
    { certificate: `${own.keyPem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----` },
    'configuration',
    /holds a damaged certificate$/,
  ],
  [
    'a damaged key',
    { certificate: `${own.certificatePem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----` },
    'configuration',
    /is damaged$/,
  ],
  ['something else', { certificate: 'hello' }, 'configuration', /is neither PEM nor PKCS #12 \(\.pfx\)$/],
]

for (const [form, given, exit, why] of refusals) {
  test(`${form} is refused with a sentence that holds no secret`, async () => {
    await assert.rejects(load(given), (error) => {
      assert.ok(error instanceof Unusable)
      assert.match(error.message, why)
      assert.equal(error.exit, exit)
      assert.ok(!error.message.includes(password) && !error.message.includes('PRIVATE KEY-----'))
      return true
    })
  })
}
