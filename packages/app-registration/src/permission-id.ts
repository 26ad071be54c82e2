import { createHash } from 'node:crypto'
import type { DesiredApplication } from './desired-state.js'

// Chosen once at random. Changing it would give every role and scope of every registered application a new id.
const NAMESPACE = 'b0a5c1d8-6f0e-4d5b-9a51-3c0f6a2e7d94'

/** The id of an app role or delegated scope: the same for the same application and value, on every run and every machine. */
export function permissionId(uniqueName: string, value: string): string {
  return uuidV5(NAMESPACE, `${uniqueName}\n${value}`)
}

/** The id of a declared application's role or scope of that value: the declared one, or else derived. */
export function idOf({ uniqueName, appRoles = [], delegatedScopes = [] }: DesiredApplication, value: string): string {
  const declared = [...appRoles, ...delegatedScopes].find((permission) => permission.value === value)
  return declared?.id ?? permissionId(uniqueName, value)
}

/** The id under which a certificate is listed: the same for the same certificate, so that adding it twice is adding it once. */
export function certificateId(fingerprint: string): string {
  return uuidV5(NAMESPACE, `certificate\n${fingerprint}`)
}

/** A name-based UUID, version 5 (RFC 9562 section 5.5). */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
