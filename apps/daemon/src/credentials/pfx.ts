import forge from 'node-forge'
import { Unusable } from './credential.js'

/**
 * Key and certificates of a PKCS #12 file as PEM, for which Node has no reader. Throws `Unusable` for a wrong password, a damaged
 * file, and one without an RSA key: keys of other kinds are not readable here.
 */
export function readPfx(content: Buffer, name: string, password: string | undefined): string {
  const store = open(content, name, password ?? '')
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids
  const bags = (type: string | undefined): forge.pkcs12.Bag[] =>
    type === undefined ? [] : (store.getBags({ bagType: type })[type] ?? [])
  const keys = [...bags(pkcs8ShroudedKeyBag), ...bags(keyBag)].flatMap(({ key }) => (key ? [key] : []))
  const [key] = keys
  if (!key) throw new Unusable('configuration', `${name} holds no RSA key, and MSAL signs with RSA only`)
  const certificates = bags(certBag).flatMap(({ cert }) => (cert ? [cert] : []))
  return [forge.pki.privateKeyToPem(key), ...certificates.map((one) => forge.pki.certificateToPem(one))].join('\n')
}

function open(content: Buffer, name: string, password: string): forge.pkcs12.Pkcs12Pfx {
  try {
    const asn1 = forge.asn1.fromDer(content.toString('binary'))
    return forge.pkcs12.pkcs12FromAsn1(asn1, password)
  } catch (error) {
    const isPassword = error instanceof Error && /password|MAC/i.test(error.message)
    const why = isPassword ? 'does not open with the password of CERT_PASSWORD' : 'is no PKCS #12 file that can be read'
    throw new Unusable('configuration', `${name} ${why}`)
  }
}
