/**
 * A PKCS#12 store (RFC 7292) of trusted certificates, in the form that Java reads: each certificate marked as trusted for
 * everything, nothing encrypted, no integrity code; Java takes any password for it. `certificates` are DER.
 */
export function trustStore(certificates: readonly Buffer[]): Buffer {
  const safe = sequence(...certificates.map(certificateBag))
  const authenticated = sequence(contentInfo(safe))
  return sequence(integer(3), contentInfo(authenticated))
}

function certificateBag(certificate: Buffer, index: number): Buffer {
  const bag = sequence(oid.x509Certificate, explicit(octets(certificate)))
  const name = sequence(oid.friendlyName, set(bmp(`trusted${index}`)))
  // Without this attribute Java takes an entry for somebody's certificate and trusts it for nothing.
  const trusted = sequence(oid.oracleTrustedKeyUsage, set(oid.anyExtendedKeyUsage))
  return sequence(oid.certificateBag, explicit(bag), set(name, trusted))
}

const contentInfo = (content: Buffer) => sequence(oid.data, explicit(octets(content)))

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

/** X.690 §8.1.3: short lengths stand for themselves, longer ones behind the number of their octets. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits = Buffer.alloc(4)
  digits.writeUInt32BE(length)
  const first = digits.findIndex((octet) => octet !== 0)
  return Buffer.concat([Buffer.from([0x80 | (4 - first)]), digits.subarray(first)])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => der(0x31, ...parts)
const explicit = (part: Buffer) => der(0xa0, part)
const octets = (bytes: Buffer) => der(0x04, bytes)
const integer = (value: number) => der(0x02, Buffer.from([value]))
const bmp = (text: string) => der(0x1e, Buffer.from(text, 'utf16le').swap16())

/** Made when one is asked for: most runs find their store made. */
const oid = {
  get data() {
    return identifier('1.2.840.113549.1.7.1')
  },
  get certificateBag() {
    return identifier('1.2.840.113549.1.12.10.1.3')
  },
  get x509Certificate() {
    return identifier('1.2.840.113549.1.9.22.1')
  },
  get friendlyName() {
    return identifier('1.2.840.113549.1.9.20')
  },
  get oracleTrustedKeyUsage() {
    return identifier('2.16.840.1.113894.746875.1.1')
  },
  get anyExtendedKeyUsage() {
    return identifier('2.5.29.37.0')
  },
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, ...[first * 40 + second, ...rest].map(base128))
}

function base128(value: number): Buffer {
  const octetsOf = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
    octetsOf.unshift((left % 128) | 0x80)
  return Buffer.from(octetsOf)
}
