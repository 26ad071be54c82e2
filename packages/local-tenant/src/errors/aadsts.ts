/**
 * The errors of the token service: code, OAuth error word, HTTP status and message, as documented (identity-platform/
 * reference-error-codes) or recorded from the live service. `lookup` says whether the service offers a public page for the
 * code and hence sends `error_uri`. A status or word that is only recalled is marked so; it is ours until somebody measures it.
 */
const wrongTenant = (may: 'may' | 'might') =>
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. ' +
  `You ${may} have sent your authentication request to the wrong tenant.`

const certificateCredentials = 'https://learn.microsoft.com/entra/identity-platform/certificate-credentials'
const workloadFederation = 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'

export const aadsts = {
  tenantNotFound: {
    code: 90002,
    error: 'invalid_request',
    status: 400,
    message: (p: { tenant: string }) =>
      `Tenant '${p.tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  },
  unknownInstance: {
    code: 50049,
    error: 'invalid_instance',
    status: 400,
    message: () =>
      'Unknown or invalid instance. Please check that the authority is correct and that it is one of the known instances.',
  },
  // Status recalled.
  resourceParameter: {
    code: 901002,
    error: 'invalid_request',
    status: 400,
    message: () => "The 'resource' request parameter is not supported.",
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
  malformedJwt: {
    code: 50027,
    error: 'invalid_request',
    status: 400,
    lookup: true,
    message: () => 'JWT token is invalid or malformed.',
  },
  // Status recalled, as for the next two.
  unnamedKey: {
    code: 5002723,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: () =>
      'Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.',
  },
  wrongJwtType: {
    code: 5002727,
    error: 'invalid_request',
    status: 400,
    message: () => "Invalid JWT header type specified, must be 'JWT' or 'http://openid.net/specs/jwt/1.0'.",
  },
  // The recorded list is of 2023 and ends with RS512; PS256 has been documented since.
  unsupportedAlgorithm: {
    code: 5002738,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: (p: { algorithm: string; supported: string }) =>
      `Invalid JWT token. '${p.algorithm}' is not a supported signature algorithm. Supported signing algorithms are: '${p.supported}'`,
  },
  invalidSignature: {
    code: 700027,
    error: 'invalid_client',
    status: 401,
    message: (p: { reason: string; thumbprint: string; found: string; appId: string }) =>
      `Client assertion failed signature validation. [Reason - ${p.reason}, Thumbprint of key used by client: '${p.thumbprint}', ${p.found}Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${p.appId}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/${p.appId}'].`,
  },
  assertionTime: {
    code: 700024,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: (p: { now: string; from: string; until: string }) =>
      `Client assertion is not within its valid time range. Current time: ${p.now}, assertion valid from ${p.from}, expiry time of assertion ${p.until}. Review the documentation at ${certificateCredentials} .`,
  },
  assertionIssuer: {
    code: 700021,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    message: () =>
      `Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at ${certificateCredentials} .`,
  },
  // Recorded; the documents give this code another meaning.
  assertionAudience: {
    code: 700023,
    error: 'invalid_client',
    status: 401,
    message: () =>
      `Client assertion audience claim does not match Realm issuer. Review the documentation at ${certificateCredentials} .`,
  },
  // Status and text recalled from the documented meaning.
  assertionSubject: {
    code: 50048,
    error: 'invalid_client',
    status: 401,
    message: () => 'Subject mismatches Issuer claim in the client assertion.',
  },
  noFederatedIssuer: {
    code: 700211,
    error: 'invalid_client',
    status: 401,
    message: (p: { value: string }) =>
      `No matching federated identity record found for presented assertion issuer '${p.value}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${workloadFederation}`,
  },
  noFederatedAudience: {
    code: 700212,
    error: 'invalid_client',
    status: 401,
    message: (p: { value: string }) =>
      `No matching federated identity record found for presented assertion audience '${p.value}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${workloadFederation}`,
  },
  noFederatedSubject: {
    code: 700213,
    error: 'invalid_client',
    status: 401,
    message: (p: { value: string }) =>
      `No matching federated identity record found for presented assertion subject '${p.value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${workloadFederation}`,
  },
  // Recorded for the subject in 2025; status recalled.
  federatedCaseDiffers: {
    code: 7002138,
    error: 'invalid_client',
    status: 401,
    message: (p: { property: string; value: string }) =>
      `No matching federated identity record found for presented assertion ${p.property} '${p.value}'. The ${p.property} matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. See documentation at: ${workloadFederation}. See breaking change notification and remediation at: https://learn.microsoft.com/en-us/entra/identity-platform/reference-breaking-changes#august-2024.`,
  },
  // Status recalled, text from the documents.
  notAppOnly: {
    code: 700229,
    error: 'invalid_client',
    status: 401,
    message: () =>
      'Only app-only tokens may be used as Federated Identity Credentials for Microsoft Entra issuer. Use an app-only access token (generated during a client credentials flow) instead of a user-delegated access token (representing a request coming from a user context).',
  },
  // Recorded in 2023 and 2024; before that the code was 90061.
  issuerUnreachable: {
    code: 50166,
    error: 'invalid_request',
    status: 400,
    message: () => 'Request to External OIDC endpoint failed.',
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
  // Status recalled.
  severalResources: {
    code: 28000,
    error: 'invalid_scope',
    status: 400,
    message: (p: { scope: string }) =>
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${p.scope} is not valid.`,
  },
  consentRequired: {
    code: 65001,
    error: 'invalid_grant',
    suberror: 'consent_required',
    status: 400,
    message: (p: { appId: string; name: string }) =>
      `The user or administrator has not consented to use the application with ID '${p.appId}' named '${p.name}'. Send an interactive authorization request for this user and resource.`,
  },
  // Word and status of the token endpoint recalled.
  userNotAssigned: {
    code: 50105,
    error: 'invalid_grant',
    status: 400,
    message: (p: { user: string; appId: string; name: string }) =>
      `Your administrator has configured the application ${p.name} ('${p.appId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${p.user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.`,
  },
  userNotFound: {
    code: 50034,
    error: 'invalid_grant',
    status: 400,
    message: (p: { user: string; tenant: string }) =>
      `The user account ${p.user} does not exist in the ${p.tenant} directory. To sign into this application, the account must be added to the directory.`,
  },
  userDisabled: {
    code: 50057,
    error: 'invalid_grant',
    status: 400,
    message: () => 'The user account is disabled.',
  },
  redirectMismatch: {
    code: 50011,
    error: 'invalid_request',
    status: 400,
    message: (p: { uri: string; appId: string }) =>
      `The redirect URI '${p.uri}' specified in the request does not match the redirect URIs configured for the application '${p.appId}'. Make sure the redirect URI sent in the request matches one added to your application. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.`,
  },
  noRedirect: {
    code: 900971,
    error: 'invalid_request',
    status: 400,
    message: () => 'No reply address provided.',
  },
  // Text ours.
  unsupportedResponseType: {
    code: 70005,
    error: 'unsupported_response_type',
    status: 400,
    message: (p: { responseType: string }) => `The response type '${p.responseType}' is not supported.`,
  },
  responseTypeNotEnabled: {
    code: 700054,
    error: 'unsupported_response_type',
    status: 400,
    message: (p: { responseType: string }) => `response_type '${p.responseType}' is not enabled for the application.`,
  },
  // Text ours.
  unsupportedResponseMode: {
    code: 70007,
    error: 'invalid_request',
    status: 400,
    message: (p: { responseMode: string; responseType: string }) =>
      `The response mode '${p.responseMode}' is not supported with the response type '${p.responseType}'.`,
  },
  // Text ours.
  challengeInvalid: {
    code: 50147,
    error: 'invalid_request',
    status: 400,
    message: () =>
      'Missing or invalid code_challenge: a page in a browser has to send one, its method is S256 or plain.',
  },
  // Text ours.
  challengeSize: {
    code: 501491,
    error: 'invalid_request',
    status: 400,
    message: () => 'The size of code_challenge is invalid: it has 43 to 128 characters.',
  },
  noSession: {
    code: 50058,
    error: 'login_required',
    status: 400,
    message: () => 'A silent sign-in request was sent but no user is signed in.',
  },
  verifierMismatch: {
    code: 501481,
    error: 'invalid_grant',
    status: 400,
    message: () => 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  // Word and number recalled.
  redirectDiffers: {
    code: 500112,
    error: 'invalid_grant',
    status: 400,
    message: (p: { uri: string; requested: string }) =>
      `The reply address '${p.uri}' does not match the reply address '${p.requested}' provided when requesting Authorization code.`,
  },
  crossOrigin: {
    code: 9002326,
    error: 'invalid_request',
    status: 400,
    message: (p: { origin: string }) =>
      `Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '${p.origin}'.`,
  },
  sameOrigin: {
    code: 9002327,
    error: 'invalid_request',
    status: 400,
    message: () =>
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  },
  codeRedeemed: {
    code: 54005,
    error: 'invalid_grant',
    status: 400,
    message: () =>
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  codeExpired: {
    code: 70008,
    error: 'invalid_grant',
    status: 400,
    message: () =>
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  // Text ours.
  grantUnknown: {
    code: 70000,
    error: 'invalid_grant',
    status: 400,
    message: () => 'The provided grant is invalid or malformed.',
  },
  refreshInactive: {
    code: 700082,
    error: 'invalid_grant',
    status: 400,
    message: (p: { issued: string; days: string }) =>
      `The refresh token has expired due to inactivity. The token was issued on ${p.issued} and was inactive for ${p.days}.00:00:00.`,
  },
  refreshOver: {
    code: 700084,
    error: 'invalid_grant',
    status: 400,
    message: (p: { issued: string }) =>
      `The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on ${p.issued}.`,
  },
  passwordChanged: {
    code: 50173,
    error: 'invalid_grant',
    status: 400,
    message: (p: { issued: string; valid: string }) =>
      `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${p.issued}' and the TokensValidFrom date (before which tokens are not valid) for this user is '${p.valid}'.`,
  },
  // The head of the message is recorded; the reason is ours.
  userAssertionInvalid: {
    code: 50013,
    error: 'invalid_grant',
    status: 400,
    message: () => 'Assertion failed signature validation. [Reason - The key was not found.]',
  },
  // Text ours.
  userAssertionAudience: {
    code: 500131,
    error: 'invalid_grant',
    status: 400,
    message: (p: { audience: string; appId: string }) =>
      `Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '${p.audience}' and the expected audience is '${p.appId}' or one of the Application Uris of this application.`,
  },
  userAssertionExpired: {
    code: 500133,
    error: 'invalid_grant',
    status: 400,
    message: () => 'Assertion is not within its valid time range.',
  },
  appOnBehalf: {
    code: 7000114,
    error: 'invalid_grant',
    status: 400,
    message: (p: { appId: string }) =>
      `Application '${p.appId}' is not allowed to make application on-behalf-of calls.`,
  },
  idTokenOnBehalf: {
    code: 240002,
    error: 'invalid_grant',
    status: 400,
    message: () => "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
  },
  confidentialClient: {
    code: 7000218,
    error: 'invalid_client',
    status: 401,
    message: () => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  publicClient: {
    code: 700025,
    error: 'invalid_client',
    status: 401,
    message: () => "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  authorizationPending: {
    code: 70016,
    error: 'authorization_pending',
    status: 400,
    message: () => 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
  },
  badDeviceCode: {
    code: 70018,
    error: 'bad_verification_code',
    status: 400,
    message: () => 'OAuth 2.0 device flow error. Bad verification code.',
  },
  deviceCodeExpired: {
    code: 70019,
    error: 'expired_token',
    status: 400,
    message: () => 'OAuth 2.0 device flow error. Verification code expired.',
  },
  // Recalled; the word is RFC 8628's (§3.5).
  pollingTooFast: {
    code: 70020,
    error: 'slow_down',
    status: 400,
    message: () => 'OAuth 2.0 device flow error. The device polls faster than the interval allows.',
  },
  // The word is documented; number and text are those of a user who declines consent.
  authorizationDeclined: {
    code: 65004,
    error: 'authorization_declined',
    status: 400,
    message: () => 'User declined to consent to access the app.',
  },
  // Word and text ours. Only a fault that somebody asked for gives it: this tenant throttles nobody.
  tooManyRequests: {
    code: 90055,
    error: 'temporarily_unavailable',
    status: 429,
    message: () => 'The server is terminating the request because there are too many requests. Please retry later.',
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
  suberror?: string
  lookup?: boolean
  message(parameters: never): string
}

type Table = typeof aadsts
type Name = keyof Table
type MessageParameters<N extends Name> =
  Parameters<Table[N]['message']> extends [infer P extends Record<string, string>] ? P : Record<string, never>

/** Where an answer differs from the table, and what is behind it; the cause is for the tenant's operator and goes over no wire. */
interface Override extends ErrorOptions {
  status?: number
  error?: string
}

/** A refusal of the token service. Its text is what goes over the wire; it never holds a secret or a token. */
export class EntraError extends Error {
  override readonly name = 'EntraError'
  readonly row: AadstsRow
  /** The status to answer with, where an endpoint differs from the table. */
  readonly status: number
  /** The OAuth word to answer with, where an endpoint differs from the table. */
  readonly error: string

  constructor(row: AadstsRow, message: string, override: Override = {}) {
    super(message, override)
    this.row = row
    this.status = override.status ?? row.status
    this.error = override.error ?? row.error
  }
}

/**
 * The error to throw for a row of the table, with its message filled in. Parameters may be what a client sent: they go into
 * the text short, and without characters that could break its one line.
 */
export function refusal<N extends Name>(name: N, parameters: MessageParameters<N>, override?: Override): EntraError {
  const row: AadstsRow = aadsts[name]
  const shown = Object.fromEntries(Object.entries(parameters).map(([key, text]) => [key, printable(text)]))
  return new EntraError(row, row.message(shown as never), override)
}

function printable(text: string): string {
  return text.slice(0, 256).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
