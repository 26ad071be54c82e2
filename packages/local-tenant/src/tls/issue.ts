import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

// P-256: a handshake costs the server a sixth less than with an RSA key.
const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** The only names under which a certificate of this CA is worth anything (RFC 5280 §4.2.1.10; a name includes its subdomains). */
const permittedNames = [
  'localhost',
  'ciamlogin.com',
  'login.microsoftonline.com',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
  'graph.microsoft.com',
]
/** Address and mask: 127.0.0.0/8 and ::1. */
const permittedAddresses = [
  [127, 0, 0, 0, 255, 0, 0, 0],
  [...Array<number>(15).fill(0), 1, ...Array<number>(16).fill(255)],
]

const caYears = 10
/** Browsers refuse server certificates that are valid longer than this. */
const serverDays = 397

/** A new root and its one intermediate. The root's private key is not returned and ends with this call. */
export async function issueCa(now: Date): Promise<{ root: string; intermediate: string; intermediateKey: string }> {
  const rootKeys = await makeKeys()
  const intermediateKeys = await makeKeys()
  const validity = { notBefore: dayBefore(now), notAfter: yearsAfter(now, caYears) }
  // The subject carries random letters: two checkouts' roots in one trust store must not be taken for each other.
  const serial = Buffer.from(webcrypto.getRandomValues(new Uint8Array(4))).toString('hex')
  const rootName = `CN=Tenantry development root ${serial}`
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: rootName,
      ...validity,
      keys: rootKeys,
      signingAlgorithm: p256,
      extensions: await caExtensions(rootKeys.publicKey, 1),
    },
    webcrypto,
  )
  const intermediate = await X509CertificateGenerator.create(
    {
      subject: `CN=Tenantry development intermediate ${serial}`,
      issuer: rootName,
      ...validity,
      publicKey: intermediateKeys.publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm: p256,
      extensions: [
        ...(await caExtensions(intermediateKeys.publicKey, 0)),
        await AuthorityKeyIdentifierExtension.create(root, false, webcrypto),
        // On the intermediate and not on the root: not every client honours constraints on a trust anchor.
        nameConstraints(),
      ],
    },
    webcrypto,
  )
  return {
    root: root.toString('pem'),
    intermediate: intermediate.toString('pem'),
    intermediateKey: await exportKey(intermediateKeys.privateKey),
  }
}

export async function issueServerCertificate(
  ca: { intermediate: string; intermediateKey: string },
  hosts: readonly string[],
  now: Date,
): Promise<{ chain: string; key: string }> {
  const issuer = new X509Certificate(ca.intermediate)
  const keys = await makeKeys()
  const leaf = await X509CertificateGenerator.create(
    {
      subject: `CN=${hosts[0]}`,
      issuer: issuer.subject,
      notBefore: dayBefore(now),
      notAfter: new Date(now.getTime() + (serverDays - 1) * 86_400_000),
      publicKey: keys.publicKey,
      signingKey: await importKey(ca.intermediateKey),
      signingAlgorithm: p256,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) ? 'ip' : 'dns', value: host }))),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { chain: `${leaf.toString('pem')}\n${ca.intermediate}`, key: await exportKey(keys.privateKey) }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(p256, true, ['sign', 'verify'])
}

async function caExtensions(publicKey: webcrypto.CryptoKey, pathLength: number): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
  ]
}

function nameConstraints(): Extension {
  const names = permittedNames.map((dNSName) => new GeneralName({ dNSName }))
  const addresses = permittedAddresses.map((bytes) => AsnConvert.parse(addressName(bytes), GeneralName))
  const permittedSubtrees = new GeneralSubtrees([...names, ...addresses].map((base) => new GeneralSubtree({ base })))
  return new Extension('2.5.29.30', true, AsnConvert.serialize(new NameConstraints({ permittedSubtrees })))
}

/** GeneralName's choice [7] iPAddress as DER; the library's own text form knows addresses but no masks. */
function addressName(bytes: readonly number[]): ArrayBuffer {
  const der = AsnConvert.serialize(new OctetString(Uint8Array.from(bytes).buffer))
  new Uint8Array(der)[0] = 0x87
  return der
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem)
  if (der === undefined) throw new Error('The key of the development CA is not PEM.')
  return webcrypto.subtle.importKey('pkcs8', der, p256, false, ['sign'])
}

function dayBefore(date: Date): Date {
  return new Date(date.getTime() - 86_400_000)
}

function yearsAfter(date: Date, years: number): Date {
  const later = new Date(date)
  later.setUTCFullYear(later.getUTCFullYear() + years)
  return later
}
