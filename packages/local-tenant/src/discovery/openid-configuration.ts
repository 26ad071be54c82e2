import type { Organization } from '../directory/organization.js'
import type { Call } from '../listener/call.js'

/** What both metadata documents say alike, with the values of the real ones. */
const shared = {
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
  http_logout_supported: true,
  frontchannel_logout_supported: true,
  tenant_region_scope: 'EU',
  cloud_instance_name: 'microsoftonline.com',
  cloud_graph_host_name: 'graph.windows.net',
  msgraph_host: 'graph.microsoft.com',
  rbac_url: 'https://pas.windows.net',
}

const claimsV2 = [
  ...['sub', 'iss', 'cloud_instance_name', 'cloud_instance_host_name', 'cloud_graph_host_name', 'msgraph_host', 'aud'],
  ...[
    'exp',
    'iat',
    'auth_time',
    'acr',
    'nonce',
    'preferred_username',
    'name',
    'tid',
    'ver',
    'at_hash',
    'c_hash',
    'email',
  ],
]

const claimsV1 = [
  ...['sub', 'iss', 'cloud_instance_name', 'cloud_instance_host_name', 'cloud_graph_host_name', 'msgraph_host', 'aud'],
  ...['exp', 'iat', 'auth_time', 'acr', 'amr', 'nonce', 'email', 'given_name', 'family_name', 'nickname'],
]

/**
 * The v2.0 metadata document (OpenID Connect Discovery 1.0 §3). It names endpoints of flows to come as the real one does,
 * because MSAL refuses a document without them even for a flow that never goes there.
 */
export function openidConfiguration(
  { tenantId }: Organization,
  { origin, family }: Pick<Call, 'origin' | 'family'>,
  issuer: string,
): object {
  // On localhost nobody may be sent to the real Graph.
  const graph = family.kind === 'localhost' ? origin : 'https://graph.microsoft.com'
  const base = `${origin}/${tenantId}`
  return {
    ...shared,
    issuer,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    userinfo_endpoint: `${graph}/oidc/userinfo`,
    kerberos_endpoint: `${base}/kerberos`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    request_uri_parameter_supported: false,
    claims_supported: claimsV2,
  }
}

/** The v1.0 metadata document, with the issuer of v1.0 tokens. */
export function openidConfigurationV1({ tenantId }: Organization, origin: string, issuer: string): object {
  const base = `${origin}/${tenantId}`
  return {
    ...shared,
    issuer,
    token_endpoint: `${base}/oauth2/token`,
    jwks_uri: `${base}/discovery/keys`,
    authorization_endpoint: `${base}/oauth2/authorize`,
    device_authorization_endpoint: `${base}/oauth2/devicecode`,
    end_session_endpoint: `${base}/oauth2/logout`,
    check_session_iframe: `${base}/oauth2/checksession`,
    userinfo_endpoint: `${origin}/${tenantId}/openid/userinfo`,
    kerberos_endpoint: `${base}/kerberos`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
    scopes_supported: ['openid'],
    microsoft_multi_refresh_token: true,
    claims_supported: claimsV1,
  }
}
