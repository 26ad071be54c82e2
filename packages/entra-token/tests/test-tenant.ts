import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readKeySet } from '../src/keys/key-set.js'
import { KeySource, type KeySourceParts } from '../src/keys/key-source.js'
import { definePermissions } from '../src/permissions.js'
import { readSettings, type TokenVerifierOptions } from '../src/settings.js'
import { createVerifierWithKeys } from '../src/verifier.js'

/** A tenant in memory for these tests: it signs whatever it is asked to sign, with keys made for this run. */
export const tenantId = '11111111-aaaa-4bbb-8ccc-000000000001'
export const apiId = '22222222-aaaa-4bbb-8ccc-000000000002'
export const daemonId = '33333333-aaaa-4bbb-8ccc-000000000003'
export const objectId = '44444444-aaaa-4bbb-8ccc-000000000004'
export const issuer = `https://localhost:8443/${tenantId}/v2.0`

/** Where the keys of these tests come from. */
export const keySource = { version: '2.0', issuer, cloudInstance: null } as const

/** The second in which every test token was issued. */
export const issuedAt = 1_790_000_000

export const permissions = definePermissions({
  scopes: ['ToDoList.Read', 'ToDoList.ReadWrite'],
  roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
})

export const keyPair = rsaKeyPair()

export function rsaKeyPair(modulusLength = 2048, publicExponent = 65_537) {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent })
}

/** A JWK as Entra publishes it. */
export function publishedKey(kid: string, publicKey: KeyObject): Record<string, unknown> {
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { kty: 'RSA', use: 'sig', kid, n, e, issuer }
}

export function keyDocument(...keys: unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ keys }))
}

export const appClaims = {
  aud: apiId,
  iss: issuer,
  iat: issuedAt,
  nbf: issuedAt,
  exp: issuedAt + 3900,
  aio: 'opaque',
  azp: daemonId,
  azpacr: '1',
  idtyp: 'app',
  oid: objectId,
  rh: 'opaque',
  roles: ['ToDoList.Read.All'],
  sub: objectId,
  tid: tenantId,
  uti: 'a22CharacterTokenIdXYZ',
  ver: '2.0',
}

export const userClaims = {
  ...without(appClaims, 'idtyp', 'roles'),
  name: 'Ada',
  scp: 'ToDoList.Read ToDoList.ReadWrite',
  sub: 'pairwise-subject',
}

export function without(claims: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)))
}

export const header = { typ: 'JWT', alg: 'RS256', kid: 'key-1' }

/** Header and payload: an object is written as JSON, a text or bytes go in as they are. */
type Part = object | string | Uint8Array

export function segment(part: Part): string {
  const bytes = typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part)
  return Buffer.from(bytes).toString('base64url')
}

/** Signed with the tenant's key whatever the header says. */
export function token(payload: Part, head: Part = header, key: KeyObject = keyPair.privateKey): string {
  return signed(`${segment(head)}.${segment(payload)}`, key)
}

export function signed(input: string, key: KeyObject = keyPair.privateKey): string {
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`
}

export const options: TokenVerifierOptions<(typeof permissions.scopes)[number], (typeof permissions.roles)[number]> = {
  authority: `https://localhost:8443/${tenantId}`,
  tenantId,
  audience: apiId,
  permissions,
  allowedApps: null,
  now: () => (issuedAt + 10) * 1000,
}

/** A source of the tenant's own key, without timers, that counts how often it is asked. */
export function testKeys(parts: Partial<KeySourceParts> = {}): { source: KeySource; loads: () => number } {
  let loads = 0
  const document = keyDocument(publishedKey('key-1', keyPair.publicKey))
  const load = parts.load ?? (async () => readKeySet(document, keySource))
  const source = new KeySource({
    now: () => (issuedAt + 10) * 1000,
    random: () => 0.5,
    after: () => () => {},
    ...parts,
    load: (signal) => {
      loads++
      return load(signal)
    },
  })
  return { source, loads: () => loads }
}

export function testVerifier(changes: Partial<typeof options> = {}, source = testKeys().source) {
  return createVerifierWithKeys(readSettings({ ...options, ...changes }), source)
}
