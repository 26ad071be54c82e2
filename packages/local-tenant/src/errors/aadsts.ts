/**
 * The errors of the token service: code, OAuth error word, HTTP status and message, as documented (identity-platform/
 * reference-error-codes) or recorded from the live service. `lookup` says whether the service offers a public page for the
 * code and hence sends `error_uri`. A status or word that is only recalled is marked so; it is ours until somebody measures it.
 */
const wrongTenant = (may: 'may' | 'might') =>
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. ' +
  `You ${may} have sent your authentication request to the wrong tenant.`

export const aadsts = {
  tenantNotFound: {
    code: 90002,
    error: 'invalid_request',
    status: 400,
    message: (p: { tenant: string }) =>
      `Tenant '${p.tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  },
  missingParameter: {
    code: 900144,
    error: 'invalid_request',
    status: 400,
    message: (p: { parameter: string }) => `The request body must contain the following parameter: '${p.parameter}'.`,
  },
  missingField: {
    code: 90014,
    error: 'invalid_request',
    status: 400,
    lookup: true,
    message: (p: { field: string }) =>
      `The required field '${p.field}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.`,
  },
  malformedRequest: {
    code: 9002313,
    error: 'invalid_request',
    status: 400,
    message: () => 'Invalid request. Request is malformed or invalid.',
  },
  // Status recalled.
  wrongVerb: {
    code: 900561,
    error: 'invalid_request',
    status: 405,
    message: (p: { accepted: string; received: string }) =>
      `The endpoint only accepts ${p.accepted} requests. Received a ${p.received} request.`,
  },
  unsupportedGrant: {
    code: 70003,
    error: 'unsupported_grant_type',
    status: 400,
    message: (p: { grantType: string }) => `The app requested an unsupported grant type '${p.grantType}'.`,
  },
  applicationNotFound: {
    code: 700016,
    error: 'unauthorized_client',
    status: 400,
    lookup: true,
    message: (p: { appId: string; tenant: string }) =>
      `Application with identifier '${p.appId}' was not found in the directory '${p.tenant}'. ${wrongTenant('may')}`,
  },
  invalidApplicationId: {
    code: 700038,
    error: 'unauthorized_client',
    status: 400,
    message: (p: { appId: string }) => `${p.appId} is not a valid application identifier.`,
  },
  missingServicePrincipal: {
    code: 7000229,
    error: 'invalid_client',
    status: 401,
    message: (p: { appId: string; tenantId: string }) =>
      `The client application ${p.appId} is missing service principal in the tenant ${p.tenantId}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119`,
  },
  applicationDisabled: {
    code: 7000112,
    error: 'unauthorized_client',
    status: 400,
    message: (p: { appId: string; name: string }) => `Application '${p.appId}'(${p.name}) is disabled.`,
  },
  invalidSecret: {
    code: 7000215,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: (p: { appId: string }) =>
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${p.appId}'.`,
  },
  expiredSecret: {
    code: 7000222,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: (p: { appId: string }) =>
      `The provided client secret keys for app '${p.appId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  },
  // Status recalled.
  missingCredential: {
    code: 7000216,
    error: 'invalid_client',
    status: 401,
    message: (p: { grantType: string }) =>
      `'client_assertion', 'client_secret' or 'request' is required for the '${p.grantType}' grant type.`,
  },
  invalidScope: {
    code: 70011,
    error: 'invalid_scope',
    status: 400,
    message: (p: { scope: string }) =>
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${p.scope} is not valid.`,
  },
  scopeWithoutDefault: {
    code: 1002012,
    error: 'invalid_scope',
    status: 400,
    message: (p: { scope: string }) =>
      `The provided value for scope ${p.scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  },
  resourceNotFound: {
    code: 500011,
    error: 'invalid_resource',
    status: 400,
    lookup: true,
    message: (p: { resource: string; tenant: string }) =>
      `The resource principal named ${p.resource} was not found in the tenant named ${p.tenant}. ${wrongTenant('might')}`,
  },
  // Word, status and message recalled.
  resourceDisabled: {
    code: 500014,
    error: 'invalid_resource',
    status: 400,
    message: (p: { resource: string }) => `The service principal for resource '${p.resource}' is disabled.`,
  },
  // Documents say invalid_client, reports from the field invalid_grant; the field wins.
  notAssigned: {
    code: 501051,
    error: 'invalid_grant',
    status: 400,
    message: (p: { appId: string; name: string; resource: string; resourceName: string }) =>
      `Application '${p.appId}'(${p.name}) is not assigned to a role for the application '${p.resource}'(${p.resourceName}).`,
  },
  // Ours: the machine beneath the tenant failed. The word and the status are the service's for an outage.
  temporarilyUnavailable: {
    code: 90033,
    error: 'temporarily_unavailable',
    status: 503,
    message: () => 'A transient error has occurred. Please try again.',
  },
} as const satisfies Record<string, AadstsRow>

interface AadstsRow {
  code: number
  error: string
  status: number
  lookup?: boolean
  message(parameters: never): string
}

type Table = typeof aadsts
type Name = keyof Table
type MessageParameters<N extends Name> =
  Parameters<Table[N]['message']> extends [infer P extends Record<string, string>] ? P : Record<string, never>

/** A refusal of the token service. Its text is what goes over the wire; it never holds a secret or a token. */
export class EntraError extends Error {
  override readonly name = 'EntraError'
  readonly row: AadstsRow
  /** The status to answer with, where an endpoint differs from the table. */
  readonly status: number
  /** The OAuth word to answer with, where an endpoint differs from the table. */
  readonly error: string

  constructor(row: AadstsRow, message: string, override: { status?: number; error?: string } = {}) {
    super(message)
    this.row = row
    this.status = override.status ?? row.status
    this.error = override.error ?? row.error
  }
}

/**
 * The error to throw for a row of the table, with its message filled in. Parameters may be what a client sent: they go into
 * the text short, and without characters that could break its one line.
 */
export function refusal<N extends Name>(
  name: N,
  parameters: MessageParameters<N>,
  override?: { status?: number; error?: string },
): EntraError {
  const row: AadstsRow = aadsts[name]
  const shown = Object.fromEntries(Object.entries(parameters).map(([key, text]) => [key, printable(text)]))
  return new EntraError(row, row.message(shown as never), override)
}

function printable(text: string): string {
  return text.slice(0, 256).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
