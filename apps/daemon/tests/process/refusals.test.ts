import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runDaemon, settingsFor, withoutCorrelationId } from '../stand-in/daemon-process.js'
import {
  apiId,
  clientId,
  entraError,
  type Reply,
  type Services,
  startServices,
  tenantId,
} from '../stand-in/services.js'

interface Case {
  title: string
  replies: (services: Services) => Partial<Record<'discovery' | 'token' | 'api', Reply>>
  code: number
  /** The whole line after `todolist-daemon: `, with `<origin>` and `<id>` for what differs between runs. */
  line: string
  /** How many requests were made before the command gave up; default all three: discovery, token, API. */
  requests?: number
  env?: (services: Services) => Record<string, string>
}

const trace = 'trace id 0a1b2c3d-1111-4222-8333-444455556666'
const secretPage = 'Entra admin center > App registrations > the daemon > Certificates & secrets'
const grantConsent =
  `an administrator must grant admin consent to the application ${clientId}: for the local tenant run \`npm run up\`; ` +
  'in the cloud open Entra admin center > App registrations > the application > API permissions > Grant admin consent'
const foreignTenant = '99998888-7777-4666-8555-444433332222'

const cases: readonly Case[] = [
  {
    title: 'a wrong secret ends with 4 and says where the right one is',
    replies: () => ({
      token: entraError(
        401,
        'invalid_client',
        7000215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
      ),
    }),
    code: 4,
    requests: 2,
    line: `no access token: the client secret is wrong (invalid_client). Next: copy the Value of a secret, not its Secret ID, from ${secretPage}; a secret created seconds ago may need 30 s; \`npm run up\` renews the local one. (AADSTS7000215, ${trace}, correlation id <id>)`,
  },
  {
    title: 'a tenant that does not exist ends with 4, told by discovery',
    replies: () => ({ discovery: entraError(400, 'invalid_tenant', 90002, "Tenant 'contoso' not found.") }),
    code: 4,
    requests: 1,
    line: `no access token: there is no such tenant (invalid_tenant). Next: check subdomain and tenant id in AUTHORITY. (AADSTS90002, ${trace}, correlation id <id>)`,
  },
  {
    title: 'an AADSTS code without a hint shows the sentence of the tenant, without its trailer',
    replies: () => ({ token: entraError(401, 'invalid_client', 7009999, 'Something new went wrong.') }),
    code: 4,
    requests: 2,
    line: `no access token: AADSTS7009999: Something new went wrong (invalid_client). Next: check CLIENT_ID, the credential, AUTHORITY and SCOPES. (AADSTS7009999, ${trace}, correlation id <id>)`,
  },
  {
    title: 'a resource the tenant does not know ends with 6',
    replies: () => ({
      token: entraError(
        400,
        'invalid_resource',
        500011,
        `The resource principal named api://${apiId} was not found in the tenant named Contoso.`,
      ),
    }),
    code: 6,
    requests: 2,
    line: `no access token: the API of SCOPES is not known in this tenant (invalid_resource). Next: check that the API has this Application ID URI and a service principal in the tenant (\`npm run up\` registers both locally), and correct SCOPES. (AADSTS500011, ${trace}, correlation id <id>)`,
  },
  {
    title: 'a required assignment that is missing ends with 5',
    replies: () => ({ token: entraError(400, 'invalid_grant', 501051, 'Application is not assigned to a role.') }),
    code: 5,
    requests: 2,
    line: `no access token: the API requires an assignment and this application has none (invalid_grant). Next: an administrator grants it: \`npm run up\` for the local tenant, Entra admin center > API permissions > Grant admin consent in the cloud. (AADSTS501051, ${trace}, correlation id <id>)`,
  },
  {
    title: 'a tenant that throttles ends with 8 and passes its waiting time on',
    replies: () => ({ token: { status: 429, headers: { 'retry-after': '17' }, body: {} } }),
    code: 8,
    requests: 2,
    line: 'no access token: the authority is unavailable or throttles (HTTP 429). Next: try again in 17 s. (correlation id <id>)',
  },
  {
    title: 'an outage of the tenant with an empty JSON body ends with 8 and not with an empty token',
    replies: () => ({ token: { status: 500, body: {} } }),
    code: 8,
    requests: 4,
    line: 'no access token: the authority is unavailable or throttles (HTTP 500). Next: try again in a minute. (correlation id <id>)',
  },
  {
    title: 'an outage of discovery with an HTML body ends with 8',
    replies: () => ({ discovery: { status: 503, body: '<html>maintenance</html>' } }),
    code: 8,
    requests: 3,
    line: 'no access token: the authority is unavailable or throttles (HTTP 503). Next: try again in a minute. (correlation id <id>)',
  },
  {
    title: 'an empty access token ends with 1',
    replies: () => ({ token: { body: { token_type: 'Bearer', expires_in: 3599, access_token: '' } } }),
    code: 1,
    requests: 2,
    line: 'no access token: the token endpoint answered 200 without a usable access token. Next: check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers. (correlation id <id>)',
  },
  {
    title: 'an access token that would break the header ends with 1',
    replies: () => ({ token: { body: { token_type: 'Bearer', expires_in: 3599, access_token: 'eyJ.a\r\nx: y' } } }),
    code: 1,
    requests: 2,
    line: 'no access token: the token endpoint answered 200 without a usable access token. Next: check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers. (correlation id <id>)',
  },
  {
    title: 'a token answer that is not JSON ends with 1',
    replies: () => ({ token: { body: 'eyJhbGciOiJub25lIn0.e30.' } }),
    code: 1,
    requests: 2,
    line: 'no access token: the token endpoint answered 200 without a usable access token. Next: check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers. (correlation id <id>)',
  },
  {
    title: 'a token answer of null ends with 1',
    replies: () => ({ token: { body: 'null' } }),
    code: 1,
    requests: 2,
    line: 'no access token: the token endpoint answered 200 without a usable access token. Next: check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers. (correlation id <id>)',
  },
  {
    title: 'an authority that is no tenant ends with 6',
    replies: () => ({ discovery: { status: 404, body: '<html>not here</html>' } }),
    code: 6,
    requests: 1,
    line: `no access token: <origin>/${tenantId}/v2.0/.well-known/openid-configuration holds no OpenID configuration (HTTP 404). Next: set AUTHORITY to https://<subdomain>.ciamlogin.com/<tenant-id>. (correlation id <id>)`,
  },
  {
    title: 'discovery that redirects is not followed and ends with 6',
    replies: ({ origin }) => ({
      discovery: { status: 302, headers: { location: `${origin}/elsewhere?code=eyJhbGciOiJub25lIn0` }, body: '' },
    }),
    code: 6,
    requests: 1,
    line: 'no access token: the authority at <origin> answered with a redirect (HTTP 302) to <origin>/elsewhere, and the credential follows none. Next: put the final address into AUTHORITY. (correlation id <id>)',
  },
  {
    title: 'a token endpoint that redirects is not followed, so the secret stays',
    replies: ({ origin }) => ({ token: { status: 307, headers: { location: `${origin}/elsewhere` }, body: '' } }),
    code: 6,
    requests: 2,
    line: 'no access token: the authority at <origin> answered with a redirect (HTTP 307) to <origin>/elsewhere, and the credential follows none. Next: put the final address into AUTHORITY. (correlation id <id>)',
  },
  {
    title: 'a token endpoint without TLS never gets the secret',
    replies: ({ authority, origin }) => ({
      discovery: {
        body: {
          issuer: `${authority}/v2.0`,
          authorization_endpoint: `${authority}/authorize`,
          token_endpoint: `${origin.replace('https', 'http')}/token`,
          jwks_uri: `${authority}/keys`,
        },
      },
    }),
    code: 6,
    requests: 1,
    line: 'refused to send the credential: the discovery document of the authority names <http origin>, which is not https. Next: check that AUTHORITY is the right address. (correlation id <id>)',
  },
  {
    title: 'an issuer of another tenant ends with 6 before the credential is sent',
    replies: ({ authority }) => ({
      discovery: {
        body: {
          issuer: `https://${foreignTenant}.ciamlogin.com/${foreignTenant}/v2.0`,
          authorization_endpoint: `${authority}/authorize`,
          token_endpoint: `${authority}/token`,
          jwks_uri: `${authority}/keys`,
        },
      },
    }),
    code: 6,
    requests: 1,
    line: `no access token: the authority <origin>/${tenantId} names another issuer, https://${foreignTenant}.ciamlogin.com/${foreignTenant}/v2.0. Next: check host and tenant id in AUTHORITY. (correlation id <id>)`,
  },
  {
    title: 'a missing app role ends with 5, naming roles, who must act and how',
    replies: () => ({
      api: {
        status: 403,
        body: {
          title: 'Forbidden',
          status: 403,
          detail: 'The token lacks a permission.',
          requiredRoles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
          requiredScopes: ['ToDoList.Read'],
          traceId: '33334444-5555-4666-8777-888899990000',
        },
      },
    }),
    code: 5,
    line: `the API at <origin>/api/todolist answered 403: the application lacks the app role ToDoList.Read.All or ToDoList.ReadWrite.All. Next: ${grantConsent}. (trace id 33334444-5555-4666-8777-888899990000, correlation id <id>)`,
  },
  {
    title: 'a 403 without roles shows the detail of the API',
    replies: () => ({ api: { status: 403, body: { detail: 'The caller is not on the list of this API.' } } }),
    code: 5,
    line: `the API at <origin>/api/todolist answered 403: The caller is not on the list of this API. Next: ${grantConsent}. (correlation id <id>)`,
  },
  {
    title: 'a 403 with an empty body still says what is known',
    replies: () => ({ api: { status: 403, body: '' } }),
    code: 5,
    line: `the API at <origin>/api/todolist answered 403: the application has no permission for this. Next: ${grantConsent}. (correlation id <id>)`,
  },
  {
    title: 'a token the API does not accept ends with 4 and the reason of the challenge',
    replies: () => ({
      api: {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="The audience is wrong"' },
        body: '',
      },
    }),
    code: 4,
    line: `the API at <origin>/api/todolist answered 401: The audience is wrong. Next: check that SCOPES (api://${apiId}/.default) names this API and that the API trusts the tenant of AUTHORITY. (correlation id <id>)`,
  },
  {
    title: 'an API that repeats the token in its refusal does not get it printed',
    replies: ({ accessToken }) => ({
      api: { status: 401, body: { detail: `I do not like\r\n${accessToken}\u001b[31m` } },
    }),
    code: 4,
    line: `the API at <origin>/api/todolist answered 401: I do not like [concealed] [31m. Next: check that SCOPES (api://${apiId}/.default) names this API and that the API trusts the tenant of AUTHORITY. (correlation id <id>)`,
  },
  {
    title: 'a list that is not there ends with 3',
    replies: () => ({ api: { status: 404, body: '' } }),
    code: 3,
    line: 'the API at <origin>/api/todolist answered 404: there is nothing at that address. Next: check the path in API_ENDPOINT; the tutorial uses /api/todolist. (correlation id <id>)',
  },
  ...[409, 412, 422, 428].map((status) => ({
    title: `a conflict (${status}) ends with 9`,
    replies: () => ({ api: { status, body: '' } }),
    code: 9,
    line: `the API at <origin>/api/todolist answered ${status}: the request contradicts the present state. Next: read the present state again and repeat the command. (correlation id <id>)`,
  })),
  {
    title: 'an API that throttles for longer than we wait ends with 8 and its waiting time',
    replies: () => ({ api: { status: 429, headers: { 'retry-after': '90' }, body: '' } }),
    code: 8,
    line: 'the API at <origin>/api/todolist answered 429: it is unavailable or throttles. Next: try again in 90 s. (correlation id <id>)',
  },
  {
    title: 'an API that is out of order is asked four times and ends with 8',
    requests: 6,
    replies: () => ({
      api: { status: 503, headers: { 'retry-after': '0' }, body: { detail: 'The keys of the tenant cannot be had.' } },
    }),
    code: 8,
    line: 'the API at <origin>/api/todolist answered 503: The keys of the tenant cannot be had. Next: try again later, and look at the log of the API. (correlation id <id>)',
  },
  {
    title: 'an API that redirects is not followed, so the token stays',
    replies: ({ origin }) => ({ api: { status: 301, headers: { location: '/api/todolist/?x=1' }, body: origin } }),
    code: 6,
    line: 'the API at <origin>/api/todolist answered 301: it redirects to <origin>/api/todolist/, and the token follows no redirect. Next: put the final address into API_ENDPOINT. (correlation id <id>)',
  },
  {
    title: 'a status nobody expects ends with 1',
    replies: () => ({ api: { status: 418, body: '' } }),
    code: 1,
    line: 'the API at <origin>/api/todolist answered 418: it should have answered 200 with a list. Next: check API_ENDPOINT and look at the log of the API. (correlation id <id>)',
  },
  ...[
    { body: '<html>hello</html>', why: 'its answer is not JSON' },
    { body: '{"value":[]}', why: 'its answer is not a JSON array' },
    { body: '[{"id":1,"owner":"somebody","description":"x"}]', why: 'element 0 of its answer is not a to-do' },
  ].map(({ body, why }) => ({
    title: `an answer of the API that is no to-do list (${body}) ends with 1 and is not printed`,
    replies: () => ({ api: { body } }),
    code: 1,
    line: `the API at <origin> did not send a to-do list: ${why}. Next: check that API_ENDPOINT is the address of the to-do list. (correlation id <id>)`,
  })),
  {
    title: 'an answer that is not UTF-8 ends with 1',
    replies: () => ({ api: { body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) } }),
    code: 1,
    line: 'the API at <origin> gave an unusable answer: its answer is not UTF-8 text. Next: check that API_ENDPOINT is the right address. (correlation id <id>)',
  },
  {
    title: 'an answer above 32 MiB ends with 1 before it fills the memory',
    replies: () => ({ api: { body: Buffer.alloc(33 * 1024 * 1024, ' ') } }),
    code: 1,
    line: 'the API at <origin> gave an unusable answer: its answer is longer than 33554432 bytes. Next: check that API_ENDPOINT is the right address. (correlation id <id>)',
  },
]

for (const { title, replies, code, line, requests = 3, env } of cases) {
  test(title, async (t) => {
    const services = await startServices(t, replies)
    const ended = await runDaemon({ env: { ...settingsFor(services), ...env?.(services) } })
    const shown = withoutCorrelationId(ended.stderr)
      .replaceAll(services.origin, '<origin>')
      .replaceAll(services.origin.replace('https', 'http'), '<http origin>')
    assert.deepEqual({ ...ended, stderr: shown }, { code, stdout: '', stderr: `todolist-daemon: ${line}\n` })
    assert.equal(services.seen.length, requests)
  })
}
