import type { Application } from '../directory/applications.js'
import type { Directory } from '../directory/directory.js'
import type { KeyCredential } from '../directory/key-credentials.js'
import { badRequest } from './errors.js'
import { checkProof } from './possession.js'
import { collection, dateTime, guid, nullable, oneOf, type Reader, text, whole } from './properties.js'

const maxKeyBytes = 8_192

/** Edm.Binary as JSON writes it. */
const binary: Reader<Buffer> = (value, path) => {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
  if (bytes !== undefined && bytes.length <= maxKeyBytes && bytes.toString('base64') === value) return bytes
  throw badRequest(
    `Invalid value specified for property '${path}': base64 of at most ${maxKeyBytes} bytes was expected.`,
  )
}

const base64Text: Reader<string> = (value, path) => binary(value, path).toString('base64')

const readKeyCredential = whole(
  'keyCredential',
  {
    keyId: nullable(guid),
    // Certificates that clients sign with; the other kinds are for SAML and token encryption.
    type: oneOf('AsymmetricX509Cert'),
    usage: oneOf('Verify'),
    key: nullable(binary),
    displayName: nullable(text),
    customKeyIdentifier: nullable(base64Text),
    startDateTime: nullable(dateTime),
    endDateTime: nullable(dateTime),
  },
  {
    keyId: null,
    key: null,
    displayName: null,
    customKeyIdentifier: null,
    startDateTime: null,
    endDateTime: null,
  },
)

/** The writable form of an application's `keyCredentials` (graph docs: resources/keycredential). */
export const keyCredentialCollection = collection(readKeyCredential)

const nothing: Reader<null> = (value, path) => {
  if (value === null) return value
  throw badRequest(`Invalid value specified for property '${path}': a certificate for verifying has no password.`)
}

const readAddKey = whole(
  'addKey',
  { keyCredential: readKeyCredential, passwordCredential: nothing, proof: text },
  { passwordCredential: null },
)
const readRemoveKey = whole('removeKey', { keyId: guid, proof: text }, {})

/** Adds the certificate of an addKey request whose proof holds. Throws GraphRefusal or DirectoryRefusal. */
export function addKey(body: unknown, { objectId }: Application, directory: Directory, now: Date): KeyCredential {
  const { keyCredential, proof } = readAddKey(body, '')
  checkProof(proof, objectId, directory, now)
  return directory.keyCredentials.add(objectId, keyCredential)
}

/** Removes the certificate that a removeKey request names, if its proof holds. Throws GraphRefusal or DirectoryRefusal. */
export function removeKey(body: unknown, { objectId }: Application, directory: Directory, now: Date): void {
  const { keyId, proof } = readRemoveKey(body, '')
  checkProof(proof, objectId, directory, now)
  directory.keyCredentials.remove(objectId, keyId)
}

/** The certificate itself is shown only to a caller who asks for this one property of this one application. */
export function showKey({ certificate, ...credential }: KeyCredential, withKey: boolean): Record<string, unknown> {
  const key = withKey ? Buffer.from(certificate).toString('base64') : null
  return { ...credential, type: 'AsymmetricX509Cert', usage: 'Verify', key }
}
