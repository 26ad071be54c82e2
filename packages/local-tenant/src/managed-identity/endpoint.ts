import { randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IssuedToken } from '../tokens/access-token.js'
import { type Identity, IdentityRefusal } from './identity.js'

/** Which of Azure's services hands out the identity: each has a protocol of its own. */
export type Source = 'app-service' | 'imds'

export interface IdentityEndpoint {
  /** What a program finds in its environment on such a host. */
  readonly variables: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Asked {
  readonly resource: string
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
}

interface Answer {
  readonly status: number
  readonly body: object
}

interface Protocol {
  readonly path: string
  /** What is wrong with a request, as this service says it; undefined for a good one. */
  refuse(asked: Asked): Answer | undefined
  success(token: IssuedToken, asked: Asked): object
  notFound(): Answer
  noToken(message: string): Answer
  missing(parameter: string): Answer
}

/** Plain HTTP on the loopback address, as Azure's own are plain, for as long as a program runs that asked for it. */
export async function openIdentityEndpoint(source: Source, identity: Identity): Promise<IdentityEndpoint> {
  const secret = randomUUID()
  const protocol = { 'app-service': appService(secret, identity), imds }[source]
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => {
    answer(request, protocol, identity).then(
      ({ status, body }) => write(response, status, body),
      () => write(response, 500, { error: 'unknown', error_description: 'The local tenant failed.' }),
    )
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    variables:
      source === 'imds'
        ? { AZURE_POD_IDENTITY_AUTHORITY_HOST: origin }
        : { IDENTITY_ENDPOINT: `${origin}${protocol.path}`, IDENTITY_HEADER: secret },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  { method, url = '', headers }: IncomingMessage,
  protocol: Protocol,
  identity: Identity,
): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(url, 'http://identity')
  // A page in a browser can send any header to a name of its own that leads here, but has to say that name.
  if (!/^(127\.0\.0\.1|localhost):\d+$/.test(headers.host ?? '')) return plainly(400, 'unknown host')
  // MSAL Node ends the address of a virtual machine's with a slash.
  if (pathname.replace(/\/$/, '') !== protocol.path) return plainly(404, 'nothing is here')
  if (method !== 'GET') return plainly(405, 'only GET is answered')
  const asked = { headers, query, resource: query.get('resource') ?? '' }
  const refused = protocol.refuse(asked)
  if (refused !== undefined) return refused
  const missing = ['api-version', 'resource'].find((name) => (query.get(name) ?? '') === '')
  if (missing !== undefined) return protocol.missing(missing)
  if (!isMeant(query, identity)) return protocol.notFound()
  try {
    return { status: 200, body: protocol.success(await identity.token(asked.resource), asked) }
  } catch (error) {
    if (error instanceof IdentityRefusal) return protocol.noToken(error.message)
    throw error
  }
}

/** By the names that clients use for an identity; without one the machine's only identity is meant. */
function isMeant(query: URLSearchParams, { application: { appId }, objectId }: Identity): boolean {
  const names = { client_id: appId, object_id: objectId, principal_id: objectId }
  // Azure's name of a resource, which nothing here has.
  if (['mi_res_id', 'msi_res_id'].some((name) => query.has(name))) return false
  return Object.entries(names).every(([name, id]) => (query.get(name) ?? id).toLowerCase() === id)
}

/** App Service and Functions (app-service/overview-managed-identity, "REST endpoint reference"). */
function appService(secret: string, { application: { appId } }: Identity): Protocol {
  const refusal = (status: number, message: string) => ({ status, body: { statusCode: status, message } })
  return {
    path: '/msi/token',
    refuse: ({ headers }) =>
      isSecret(headers['x-identity-header'], secret)
        ? undefined
        : refusal(401, 'The header X-IDENTITY-HEADER is missing or wrong.'),
    success: ({ accessToken, expires }, { resource }) => ({
      access_token: accessToken,
      expires_on: String(expires),
      resource,
      token_type: 'Bearer',
      client_id: appId,
    }),
    missing: (parameter) => refusal(400, `The query parameter ${parameter} is missing.`),
    notFound: () => refusal(400, 'No managed identity of that ClientId, ResourceId or PrincipalId was found.'),
    // As MSAL for Python notes: a resource that is not there is no 400 here.
    noToken: (message) => refusal(500, message),
  }
}

const imdsRefusal = (error: string, error_description: string) => ({ status: 400, body: { error, error_description } })

/** Virtual machines (managed-identities-azure-resources/how-to-use-vm-token). */
const imds: Protocol = {
  path: '/metadata/identity/oauth2/token',
  refuse({ headers }) {
    // Against servers that can be made to fetch an address for somebody: they add the one header, or cannot add the other.
    if (headers['x-forwarded-for'] !== undefined)
      return imdsRefusal('invalid_request', 'X-Forwarded-For is not allowed')
    if (headers['metadata'] === 'true') return undefined
    return imdsRefusal('bad_request_102', 'Required metadata header not specified')
  },
  success: ({ accessToken, expiresIn, expires, notBefore }, { resource }) => ({
    access_token: accessToken,
    refresh_token: '',
    expires_in: String(expiresIn),
    expires_on: String(expires),
    not_before: String(notBefore),
    resource,
    token_type: 'Bearer',
  }),
  missing: (parameter) => imdsRefusal('invalid_request', `Required query variable '${parameter}' is missing`),
  notFound: () => imdsRefusal('invalid_request', 'Identity not found'),
  noToken: (message) => imdsRefusal('invalid_resource', message),
}

function isSecret(said: string | string[] | undefined, secret: string): boolean {
  if (typeof said !== 'string') return false
  const [one, other] = [Buffer.from(said), Buffer.from(secret)]
  return one.length === other.length && timingSafeEqual(one, other)
}

const plainly = (status: number, error_description: string) => ({
  status,
  body: { error: 'invalid_request', error_description },
})

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
