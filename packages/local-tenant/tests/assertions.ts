import { constants, createHash, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { Tenant } from '../src/index.js'
import { makeSigningKey } from '../src/signing/make-key.js'
import type { GraphClient } from './graph-client.js'
import { form, type HttpsClient, type Json, list, type Reply, text } from './https-client.js'

/** A client's certificate and its key; thumbprints in base64url. */
export interface ClientCertificate {
  readonly der: Buffer
  readonly privateKey: KeyObject
  readonly sha1: string
  readonly sha256: string
}

/** Valid for five years from `from` on. */
export async function makeCertificate(from: Date = new Date(Date.now() - 86_400_000)): Promise<ClientCertificate> {
  const { certificate, privateKey } = await makeSigningKey(from)
  const der = Buffer.from(certificate)
  return {
    der,
    privateKey: createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' }),
    sha1: createHash('sha1').update(der).digest('base64url'),
    sha256: createHash('sha256').update(der).digest('base64url'),
  }
}

export const keyCredential = ({ der }: Pick<ClientCertificate, 'der'>, more: Json = {}): Json => ({
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  key: der.toString('base64'),
  ...more,
})

/** Registers a certificate as the application's only one; gives its keyId. */
export async function addCertificate(graph: GraphClient, id: string, certificate: ClientCertificate): Promise<string> {
  await graph.patch(`applications/${id}`, { keyCredentials: [keyCredential(certificate)] })
  const [first = {}] = list((await graph.get(`applications/${id}`))['keyCredentials'])
  return text(first, 'keyId')
}

const signers: Readonly<Record<string, (input: Buffer, key: KeyObject) => Buffer>> = {
  RS256: (input, key) => sign('sha256', input, key),
  RS384: (input, key) => sign('sha384', input, key),
  RS512: (input, key) => sign('sha512', input, key),
  PS256: (input, key) => sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  none: () => Buffer.alloc(0),
}

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT; `alg` in the header says how it is signed, and any unknown one is signed as RS256. */
export function signedJwt(header: Json, claims: Json, key: KeyObject): string {
  const input = `${segment(header)}.${segment(claims)}`
  const signer = signers[String(header['alg'])] ?? signers['RS256']
  return `${input}.${signer?.(Buffer.from(input), key).toString('base64url')}`
}

export interface Changes {
  header?: Json
  claims?: Json
}

/** An assertion as MSAL Node 7 makes it; members of `changes` replace those of header and claims, undefined removes one. */
export function assertionOf(
  tenant: Pick<Tenant, 'authority'>,
  appId: string,
  certificate: ClientCertificate,
  { header = {}, claims = {} }: Changes = {},
): string {
  const now = Math.floor(Date.now() / 1000)
  return signedJwt(
    { alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.sha256, ...header },
    {
      aud: `${tenant.authority}/oauth2/v2.0/token`,
      iss: appId,
      sub: appId,
      jti: randomUUID(),
      nbf: now,
      exp: now + 600,
      ...claims,
    },
    certificate.privateKey,
  )
}

export const assertionParameters = (
  clientId: string,
  assertion: string,
  more: Readonly<Record<string, string>> = {},
) => ({
  grant_type: 'client_credentials',
  client_id: clientId,
  scope: '.default',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
  ...more,
})

export function requestByAssertion(
  client: HttpsClient,
  tenant: Pick<Tenant, 'tenantId'>,
  clientId: string,
  assertion: string,
  { path = `/${tenant.tenantId}/oauth2/v2.0/token`, host }: { path?: string; host?: string } = {},
): Promise<Reply> {
  const body = new URLSearchParams(assertionParameters(clientId, assertion)).toString()
  return client.send('POST', path, { headers: { ...form, ...(host === undefined ? {} : { host }) }, body })
}
