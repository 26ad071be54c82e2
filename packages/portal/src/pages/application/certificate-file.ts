import { Failure } from '../../session/failure.js'

/**
 * The certificate in a file, PEM or DER, as base64 of its DER. A file with a private key in it is refused before anything is
 * sent. Not checked: that it is a certificate at all, which the tenant does. Throws Failure.
 */
export function certificateIn(bytes: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(bytes)
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const message = 'The file holds a private key, which stays where it is: upload a file with the certificate alone.'
    throw new Failure('private_key', message)
  }
  const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text)?.[1]
  return pem === undefined ? btoa(text) : pem.replaceAll(/\s/g, '')
}
