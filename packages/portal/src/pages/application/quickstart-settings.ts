/** The programs that there are settings for, by their names on the tabs. */
export const kinds = {
  daemon: 'Daemon',
  api: 'Web API',
  node: 'MSAL Node',
  python: 'MSAL Python',
  dotnet: '.NET',
  java: 'MSAL Java',
} as const

export type Quickstart = keyof typeof kinds

export interface Registered {
  /** Of the tenant, for instance `https://localhost:8443`. */
  readonly origin: string
  readonly tenantId: string
  readonly clientId: string
  /** What the program asks a token for. */
  readonly scope: string
}

const writers: Readonly<Record<Quickstart, (registered: Registered) => string>> = {
  daemon: ({ origin, tenantId, clientId, scope }) => `# A file daemon.env, for: node . --op getToDos --config daemon.env
CLIENT_ID=${clientId}
CLIENT_SECRET=<the secret's value>
AUTHORITY=${origin}/${tenantId}
SCOPES=${scope}
API_ENDPOINT=https://localhost:44351/api/todolist
CA_FILE=.tenantry/ca.pem
`,
  api: ({ origin, tenantId, clientId }) => `# Environment of todolist-api
AUTHORITY=${origin}/${tenantId}
TENANT_ID=${tenantId}
CLIENT_ID=${clientId}
CA_FILE=.tenantry/ca.pem
`,
  node: ({ origin, tenantId, clientId, scope }) => `// NODE_EXTRA_CA_CERTS=.tenantry/ca.pem node program.mjs
import { env } from "node:process"
import { ConfidentialClientApplication } from "@azure/msal-node"

const client = new ConfidentialClientApplication({
  auth: {
    clientId: "${clientId}",
    clientSecret: env.CLIENT_SECRET,
    authority: "${origin}/${tenantId}",
    knownAuthorities: ["${new URL(origin).host}"],
  },
})
const { accessToken } = await client.acquireTokenByClientCredential({ scopes: ["${scope}"] })
`,
  python: ({ origin, tenantId, clientId, scope }) => `# REQUESTS_CA_BUNDLE=.tenantry/ca.pem python program.py
import os
import msal

client = msal.ConfidentialClientApplication(
    "${clientId}",
    client_credential=os.environ["CLIENT_SECRET"],
    authority="${origin}/${tenantId}",
    instance_discovery=False,
)
token = client.acquire_token_for_client(["${scope}"])
`,
  dotnet: ({ origin, tenantId, clientId, scope }) => `// SSL_CERT_FILE=.tenantry/ca.pem dotnet run
using Microsoft.Identity.Client;

var client = ConfidentialClientApplicationBuilder
    .Create("${clientId}")
    .WithClientSecret(Environment.GetEnvironmentVariable("CLIENT_SECRET"))
    .WithAuthority("${origin}/${tenantId}", validateAuthority: false)
    .Build();
var result = await client.AcquireTokenForClient(["${scope}"]).ExecuteAsync();
`,
  java: ({
    origin,
    tenantId,
    clientId,
    scope,
  }) => `// keytool -importcert -noprompt -alias tenantry -file .tenantry/ca.pem -keystore tenantry.p12 -storepass changeit
// java -Djavax.net.ssl.trustStore=tenantry.p12 -Djavax.net.ssl.trustStorePassword=changeit Program.java
var client = ConfidentialClientApplication
    .builder("${clientId}", ClientCredentialFactory.createFromSecret(System.getenv("CLIENT_SECRET")))
    .oidcAuthority("${origin}/${tenantId}/v2.0")
    .build();
var scopes = Set.of("${scope}");
var result = client.acquireToken(ClientCredentialParameters.builder(scopes).build()).join();
`,
}

/** The settings of a program, ready to copy; no secret is in them. */
export function settingsFor(kind: Quickstart, registered: Registered): string {
  return writers[kind](registered)
}
