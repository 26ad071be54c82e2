import { generateKeyPair, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { FederatedIdentityCredential } from '../directory/federated-identity-credentials.js'
import { signJwt } from '../signing/sign.js'
import type { Federation } from '../token-endpoint/federation.js'
import { type Identity, IdentityNotGiven, type IdentityTenant } from './identity.js'

/** As long as a cluster makes the token of a service account at most; nobody renews it here. */
const lifetime = 86_400

/** Clusters whose service accounts are played here, and what they sign with: one key, made when it is first needed. */
export interface Workloads {
  /** A token of the service account that the application trusts, and how to stop playing its cluster. Throws an Error that says what to do. */
  play(identity: Identity): Promise<{ token: string; end(): void }>
  /** The federation, which beside others knows the clusters that are played now and the tenants of this server. */
  federation(others: Federation, tenants: () => readonly IdentityTenant[]): Federation
}

export function createWorkloads(): Workloads {
  const played: string[] = []
  let made: Promise<{ kid: string; privateKey: KeyObject; publicKey: KeyObject }> | undefined
  return {
    async play(identity) {
      const trusted = trustedBy(identity)
      made ??= makeKey()
      const { kid, privateKey } = await made
      const token = await signJwt({ alg: 'RS256', kid }, claimsOf(trusted, identity), { privateKey: () => privateKey })
      played.push(trusted.issuer)
      return { token, end: () => void played.splice(played.indexOf(trusted.issuer), 1) }
    },
    federation: (others, tenants) => ({
      async keyOf(issuer, kid) {
        const own = await made
        if (played.includes(issuer) && own?.kid === kid) return own.publicKey
        // Nobody has to be asked for the keys of this very server.
        const tenant = tenants().find(({ issuer: { v1, v2 } }) => issuer === v1 || issuer === v2)
        return tenant === undefined ? others.keyOf(issuer, kid) : tenant.keys.find(kid)?.publicKey()
      },
    }),
  }
}

async function makeKey() {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return { kid: randomBytes(20).toString('base64url'), privateKey, publicKey }
}

/** The first federated credential of the application that does not name one of Entra's own issuers. */
function trustedBy({ application, tenant }: Identity): FederatedIdentityCredential {
  const all = tenant.directory.federatedCredentials.of(application.objectId)
  const trusted = all.find(
    ({ issuer }) => !/^https:\/\/(sts\.windows\.net|login\.microsoftonline\.com|[^/]+\.ciamlogin\.com)\//.test(issuer),
  )
  if (trusted !== undefined) return trusted
  throw new IdentityNotGiven(
    `the application ${JSON.stringify(application.properties.displayName)} has no federated identity credential, so it trusts no workload`,
    'register one with the issuer of a cluster and the subject system:serviceaccount:<namespace>:<name>',
  )
}

/** As a cluster projects them (kubernetes.io: service account tokens). */
function claimsOf({ issuer, subject, audience }: FederatedIdentityCredential, { tenant }: Identity) {
  const iat = Math.floor(tenant.now().getTime() / 1000)
  return { aud: [audience], exp: iat + lifetime, iat, iss: issuer, jti: randomUUID(), nbf: iat, sub: subject }
}
