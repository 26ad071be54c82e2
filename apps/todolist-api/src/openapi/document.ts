import type { AccessPolicy } from '@tenantry/entra-token'
import type { RouteOptions } from 'fastify'
import type { Operation } from './operation.js'

/** What the document says of the tenant and the registration, and where tokens come from. */
export interface Registration {
  /** `https://host/tenant`. */
  readonly authority: string
  readonly clientId: string
}

/** A route as far as the document is concerned. */
export interface DescribedRoute {
  readonly method: string
  readonly url: string
  readonly operation: Operation
  readonly access: AccessPolicy
  readonly body: unknown
  readonly answers: Readonly<Record<string, unknown>>
}

type DeclaredRoute = Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema'>

/** The route if it has an operation and a policy; HEAD, which Fastify adds to GET, goes without saying. */
export function describedRoute(route: DeclaredRoute): DescribedRoute | undefined {
  const { method, url, config, schema } = route
  const { operation, access } = config ?? {}
  if (operation === undefined || access === undefined || access === 'public' || method === 'HEAD') return undefined
  const answers = typeof schema?.response === 'object' ? { ...schema.response } : {}
  return { method: String(method), url, operation, access, body: schema?.body, answers }
}

/** The OpenAPI 3.1 document, made from nothing but the routes that the API really has. */
export function openApiDocument(routes: readonly DescribedRoute[], registration: Registration) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, registration) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'ToDoList API',
      version: '1',
      description:
        'To-dos, each with one owner. An application reaches those of everybody, a user their own; what is out of reach answers 404. Every refusal is problem details (RFC 9457).',
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Problem: problemSchema }, securitySchemes: securitySchemes(routes, registration) },
  }
}

export type OpenApiDocument = ReturnType<typeof openApiDocument>

function operationOf({ url, operation, access, body, answers }: DescribedRoute, { clientId }: Registration) {
  const { id, summary, description, parameters, mediaTypes = ['application/json'], success } = operation
  const inPath = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  }))
  const refusals = { ...always, ...operation.refusals }
  return {
    operationId: id,
    summary,
    description: [description, policySentence(access)].filter(Boolean).join('\n\n'),
    'x-required-app-roles': access.roles,
    'x-required-scopes': access.scopes,
    security: [{ user: access.scopes.slice(0, 1).map((scope) => scopeName(clientId, scope)) }, { application: [] }],
    parameters: [...inPath, ...parameters],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: body }])),
          },
        }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.headers === undefined ? {} : { headers: headersOf(success.headers) }),
        ...(answers[success.status] === undefined
          ? {}
          : { content: { 'application/json': { schema: answers[success.status] } } }),
      },
      ...Object.fromEntries(Object.entries(refusals).map(([status, text]) => [status, refusalOf(status, text)])),
    },
  }
}

/** The policy in words, as it is enforced: it is made from the same object. */
export function policySentence({ roles, scopes }: AccessPolicy): string {
  return `An application needs the app role ${roles.join(' or ')}; a user needs the scope ${scopes.join(' or ')}.`
}

const always: Readonly<Record<number, string>> = {
  401: 'There is no token, or it proves nothing here.',
  403: 'The token lacks the permission.',
  429: 'Too many requests; Retry-After says how long to wait.',
  503: 'The store or the signing keys cannot be had; Retry-After says when to try again.',
}

function refusalOf(status: string, description: string) {
  if (status === '304') return { description }
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description, content: { 'application/problem+json': { schema } } }
}

function headersOf(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  )
}

function scopeName(clientId: string, scope: string): string {
  return `api://${clientId}/${scope}`
}

function securitySchemes(routes: readonly DescribedRoute[], { authority, clientId }: Registration) {
  const scopes = [...new Set(routes.flatMap(({ access }) => access.scopes))]
  const endpoint = (name: string) => `${authority}/oauth2/v2.0/${name}`
  return {
    application: {
      type: 'oauth2',
      description: 'An application as itself; its app roles come with the scope .default.',
      flows: {
        clientCredentials: {
          tokenUrl: endpoint('token'),
          scopes: { [scopeName(clientId, '.default')]: 'Every app role granted to the application.' },
        },
      },
    },
    user: {
      type: 'oauth2',
      description: 'An application for a signed-in user.',
      flows: {
        authorizationCode: {
          authorizationUrl: endpoint('authorize'),
          tokenUrl: endpoint('token'),
          scopes: Object.fromEntries(scopes.map((scope) => [scopeName(clientId, scope), scope])),
        },
      },
    },
  }
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'traceId'],
  properties: {
    type: { type: 'string', description: 'Names the kind of problem; stable.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do next.' },
    code: { type: 'string', description: 'For programs; stable.' },
    traceId: { type: 'string', description: 'Also in the log and in the header request-id.' },
  },
}
