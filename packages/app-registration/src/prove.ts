import type { RegisteredApplication } from './apply.js'
import type { DesiredApplication, DesiredState } from './desired-state.js'
import { isJsonObject, type JsonObject, parseJson } from './https/json.js'
import type { SecretStore } from './secrets.js'
import type { ClientCertificate } from './sign-in/client-assertion.js'
import { SignInError } from './sign-in/client-credentials.js'

/** A token was taken with a client's new credential and held what the declaration promises. */
export interface Proof {
  readonly client: string
  readonly api: string
  readonly credential: 'secret' | 'certificate'
  /** What stands in the token's `roles`. */
  readonly roles: readonly string[]
  readonly idtyp: string | undefined
}

/** The registration stands, but a token could not be taken or is not as declared. Holds no token. */
export class ProofError extends Error {
  readonly client: string
  constructor(client: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProofError'
    this.client = client
  }
}

/** Takes one token as an application; throws SignInError. Asked afresh each time: a kept token proves nothing. */
export type TakeToken = (request: TokenToTake) => Promise<string>

export interface TokenToTake {
  readonly clientId: string
  readonly scope: string
  readonly clientSecret?: string
  readonly clientCertificate?: ClientCertificate
}

export interface Proving {
  readonly takeToken: TakeToken
  readonly wait: (milliseconds: number) => Promise<void>
  /** Something was changed a moment ago, which the token service may not know yet: it is asked again for up to a minute. */
  readonly settling: boolean
}

const LONGEST_WAIT_MS = 60_000

/**
 * Takes a token for every declared client with a stored credential and every API that it may call without a user, and
 * looks whether `roles` and, where the API asks for it, `idtyp` are right. The tokens are not validated: they come from the
 * token endpoint itself and go nowhere. Throws a ProofError.
 */
export async function prove(
  desired: DesiredState,
  applications: Readonly<Record<string, RegisteredApplication>>,
  secrets: SecretStore,
  proving: Proving,
): Promise<readonly Proof[]> {
  const proofs: Proof[] = []
  for (const client of desired.applications) {
    for (const credential of await credentialsOf(client, secrets)) {
      for (const expectation of expectationsOf(client, desired, applications)) {
        proofs.push(await proveOne(client.uniqueName, credential, expectation, proving))
      }
    }
  }
  return proofs
}

interface Credential {
  readonly kind: 'secret' | 'certificate'
  readonly request: Pick<TokenToTake, 'clientSecret' | 'clientCertificate'>
}

async function credentialsOf(client: DesiredApplication, secrets: SecretStore): Promise<Credential[]> {
  const secret = client.secret === undefined ? undefined : await secrets.read(client.uniqueName)
  const certificate =
    client.certificate === undefined || 'pem' in client.certificate
      ? undefined
      : await secrets.certificates?.read(client.uniqueName)
  return [
    ...(secret === undefined ? [] : [{ kind: 'secret' as const, request: { clientSecret: secret.value } }]),
    ...(certificate === undefined
      ? []
      : [{ kind: 'certificate' as const, request: { clientCertificate: certificate } }]),
  ]
}

interface Expectation {
  readonly clientId: string
  readonly api: string
  readonly scope: string
  readonly roles: readonly string[]
  readonly idtyp: boolean
}

function expectationsOf(
  client: DesiredApplication,
  desired: DesiredState,
  applications: Readonly<Record<string, RegisteredApplication>>,
): Expectation[] {
  const clientId = applications[client.uniqueName]?.appId
  return (client.permissions ?? []).flatMap(({ application, appRoles = [], consent }) => {
    const api = desired.applications.find(({ uniqueName }) => uniqueName === application)
    const apiId = applications[application]?.appId
    if (!consent || appRoles.length === 0 || api === undefined || apiId === undefined || clientId === undefined)
      return []
    const idtyp = api.optionalAccessTokenClaims?.includes('idtyp') ?? false
    return [{ clientId, api: application, scope: `${nameOf(api, apiId)}/.default`, roles: appRoles, idtyp }]
  })
}

function nameOf({ identifierUri }: DesiredApplication, appId: string): string {
  return identifierUri === undefined ? appId : `api://${appId}`
}

async function proveOne(
  client: string,
  credential: Credential,
  expected: Expectation,
  { takeToken, wait, settling }: Proving,
): Promise<Proof> {
  const { clientId, scope, api } = expected
  let waited = 0
  for (let pause = 1_000; ; pause = Math.min(pause * 2, 10_000)) {
    const found = await takeToken({ clientId, scope, ...credential.request }).then(
      (token) => examine(client, expected, readClaims(token)),
      (error: unknown) => refusedToken(client, error),
    )
    if (!(found instanceof ProofError)) return { client, api, credential: credential.kind, ...found }
    if (!settling || waited + pause > LONGEST_WAIT_MS) throw found
    await wait(pause)
    waited += pause
  }
}

function refusedToken(client: string, error: unknown): ProofError {
  // Without an answer, nothing was learned about the credential.
  if (!(error instanceof SignInError) || error.status === 0) throw error
  return new ProofError(client, error.message, { cause: error })
}

function examine(
  client: string,
  { api, roles: wanted, idtyp: wantsType }: Expectation,
  claims: JsonObject,
): ProofError | Pick<Proof, 'roles' | 'idtyp'> {
  const roles = Array.isArray(claims['roles']) ? claims['roles'].filter((role) => typeof role === 'string') : []
  const idtyp = typeof claims['idtyp'] === 'string' ? claims['idtyp'] : undefined
  const missing = wanted.filter((role) => !roles.includes(role))
  const words = `The token of ${client} for ${api}`
  if (missing.length > 0) {
    return new ProofError(client, `${words} lacks ${missing.join(', ')} in roles. Wait a minute, then apply again.`)
  }
  if (wantsType && idtyp !== 'app') {
    return new ProofError(client, `${words} does not say idtyp "app". Wait a minute, then apply again.`)
  }
  return { roles, idtyp }
}

function readClaims(token: string): JsonObject {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return isJsonObject(claims) ? claims : {}
}
