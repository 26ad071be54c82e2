import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** A self-signed certificate with its RSA-2048 key. */
export interface ClientCertificate {
  readonly der: Buffer
  /** The key (PKCS#8) and then the certificate, as the clients read them out of one file. */
  readonly pem: string
}

/**
 * Valid from yesterday to tomorrow. A certificate of version 1 (RFC 5280 §4.1.2.1: one without extensions), written out here
 * because neither Node nor these tests have anything else that makes one.
 */
export async function makeClientCertificate(name: string): Promise<ClientCertificate> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const der = selfSigned(name, publicKey, privateKey)
  const keyDer = privateKey.export({ type: 'pkcs8', format: 'der' })
  return { der, pem: pemOf('PRIVATE KEY', keyDer) + pemOf('CERTIFICATE', der) }
}

const dayMs = 86_400_000

/** RFC 5280 §4.1. */
function selfSigned(name: string, publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const subject = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from(name)))))
  const validity = sequence(utcTime(Date.now() - dayMs), utcTime(Date.now() + dayMs))
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const toSign = sequence(serialNumber(), sha256WithRsa, subject, validity, subject, keyInfo)
  const signature = element(0x03, Buffer.of(0), sign('sha256', toSign, privateKey))
  return sequence(toSign, sha256WithRsa, signature)
}

/** ITU-T X.690 §8.1: tag, length, contents; none of ours is longer than 65,535 bytes. */
function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const { length } = body
  return Buffer.concat([length < 128 ? Buffer.of(tag, length) : Buffer.of(tag, 0x82, length >> 8, length & 0xff), body])
}

const sequence = (...contents: readonly Uint8Array[]) => element(0x30, ...contents)
const utcTime = (ms: number) =>
  element(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, '')}Z`))
// A leading byte that is neither 0 nor negative keeps the number positive and as short as it can be.
const serialNumber = () => element(0x02, Buffer.of(1), randomBytes(15))

/** 2.5.4.3 */
const commonName = Buffer.from('0603550403', 'hex')
/** 1.2.840.113549.1.1.11 with NULL for parameters (RFC 4055 §5). */
const sha256WithRsa = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.of(0x05, 0x00))

/** RFC 7468 §2. */
function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
