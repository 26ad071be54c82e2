import { randomUUID } from 'node:crypto'
import { DirectoryRefusal, type RefusalReason } from '../directory/refusal.js'
import type { Answer, Call } from '../listener/call.js'

/** A refusal of Microsoft Graph, in its words (graph docs: concepts/errors). */
export class GraphRefusal extends Error {
  override readonly name = 'GraphRefusal'
  readonly status: number
  readonly code: string
  readonly details: readonly { code: string; message: string; target: string }[]

  constructor(status: number, code: string, message: string, details: GraphRefusal['details'] = []) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

export const badRequest = (message: string) => new GraphRefusal(400, 'Request_BadRequest', message)

export const notFound = (object: string) =>
  new GraphRefusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${object}' does not exist or one of its queried reference-property objects are not present.`,
  )

/** What each refusal of the directory is called on this wire. */
const wireForms: { [K in RefusalReason['kind']]: (reason: Extract<RefusalReason, { kind: K }>) => GraphRefusal } = {
  missing: ({ object }) => notFound(object),
  invalid: ({ message }) => badRequest(message),
  taken: ({ property }) => {
    const message = `Another object with the same value for property ${property} already exists.`
    return new GraphRefusal(400, 'Request_BadRequest', message, [{ code: 'ObjectConflict', message, target: property }])
  },
  unverified_domain: ({ uri }) =>
    new GraphRefusal(
      400,
      'HostNameNotOnVerifiedDomain',
      `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri}'`,
    ),
  entitlement_enabled: () =>
    new GraphRefusal(
      400,
      'CannotDeleteOrUpdateEnabledEntitlement',
      'Permission (scope or role) cannot be deleted or updated unless disabled first.',
    ),
  unknown_app_id: ({ appId }) => badRequest(`The appId '${appId}' does not reference a valid application object.`),
  assignment_exists: () => badRequest('Permission being assigned already exists on the object'),
  role_not_found: () => badRequest('Permission being assigned was not found on application'),
  reference_not_found: () => badRequest('Not a valid reference update'),
  // Of the three KeyCredentials codes, the text of the first is ours and the second is recorded; the third follows it.
  invalid_key_value: ({ expected }) =>
    new GraphRefusal(400, 'KeyCredentialsInvalidValue', `Key credential value is invalid: ${expected}`),
  invalid_key_date: ({ date }) =>
    new GraphRefusal(
      400,
      date === 'end' ? 'KeyCredentialsInvalidEndDate' : 'KeyCredentialsInvalidStartDate',
      `Key credential ${date} date is invalid.`,
    ),
  // This code and the next two texts as recorded.
  invalid_federation: ({ message }) => new GraphRefusal(400, 'InvalidFederatedIdentityCredentialValue', message),
  federation_taken: ({ issuer, subject }) =>
    new GraphRefusal(
      400,
      'InvalidFederatedIdentityCredentialValue',
      `The combination of issuer and subject must be unique for the application. Issuer ${issuer} and Subject: ${subject} already exist.`,
    ),
  name_taken: ({ name }) =>
    new GraphRefusal(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `FederatedIdentityCredential with name ${name} already exists.`,
    ),
  reference_exists: ({ property }) =>
    badRequest(
      `One or more added object references already exist for the following modified properties: '${property}'.`,
    ),
  reference_missing: ({ property }) =>
    badRequest(
      `One or more removed object references do not exist for the following modified properties: '${property}'.`,
    ),
  grant_exists: () =>
    new GraphRefusal(409, 'Request_MultipleObjectsWithSameKeyValue', 'Permission entry already exists.'),
  weak_password: () =>
    badRequest(
      'The specified password does not comply with password complexity requirements. Please provide a different password.',
    ),
  too_many: ({ property, most }) => badRequest(`The property '${property}' takes at most ${most} values.`),
}

/** The only writer of Graph's errors. */
export function graphErrorAnswer(error: unknown, call: Call, now: Date): Answer {
  const { status, code, message, details } = toGraphRefusal(error)
  const requestId = randomUUID()
  return {
    status,
    headers: { ...answerHeaders(requestId, call), ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
    body: {
      error: {
        code,
        message,
        ...(details.length > 0 ? { details } : {}),
        innerError: {
          date: now.toISOString().slice(0, 19),
          'request-id': requestId,
          'client-request-id': call.correlationId ?? requestId,
        },
      },
    },
  }
}

/** What every answer of Graph carries. Some hold a new secret, so nothing on the way may keep any of them. */
export function answerHeaders(requestId: string, call: Call): Record<string, string> {
  return {
    'request-id': requestId,
    'client-request-id': call.correlationId ?? requestId,
    'cache-control': 'no-store, no-cache',
  }
}

function toGraphRefusal(error: unknown): GraphRefusal {
  if (error instanceof GraphRefusal) return error
  if (!(error instanceof DirectoryRefusal)) return new GraphRefusal(500, 'InternalServerError', 'The request failed.')
  const toWire = wireForms[error.reason.kind] as (reason: RefusalReason) => GraphRefusal
  return toWire(error.reason)
}
