/** What an AADSTS code means for a daemon, and what to do about it. */
export interface Hint {
  why: string
  next: string
}

const secretPage = 'Entra admin center > App registrations > the daemon > Certificates & secrets'
const consent: Hint = {
  why: 'the application was not granted admin consent for this API',
  next: 'an administrator grants it: `npm run up` for the local tenant, Entra admin center > API permissions > Grant admin consent in the cloud',
}
const unknownClient: Hint = {
  why: 'no application with this CLIENT_ID exists in the tenant',
  next: 'check that CLIENT_ID and AUTHORITY belong together; `npm run up` registers the application in the local tenant',
}
const unknownTenant: Hint = {
  why: 'there is no such tenant',
  next: 'check subdomain and tenant id in AUTHORITY',
}
const unknownResource: Hint = {
  why: 'the API of SCOPES is not known in this tenant',
  next: 'check that the API has this Application ID URI and a service principal in the tenant (`npm run up` registers both locally), and correct SCOPES',
}
const scopeForm: Hint = {
  why: 'the scope is not a resource followed by /.default',
  next: 'set SCOPES to api://<Application (client) ID of the web API>/.default',
}
const noCredential: Hint = {
  why: 'the request reached the tenant without a credential',
  next: 'check CLIENT_SECRET, and that nothing between here and the tenant changes requests',
}
const severalResources: Hint = {
  why: 'SCOPES names more than one resource',
  next: 'ask for one resource: api://<Application (client) ID of the web API>/.default',
}
const certificateValidity: Hint = {
  why: 'the certificate of the application is revoked or outside its validity',
  next: 'register a new certificate for the application',
}
const policy: Hint = {
  why: 'a Conditional Access policy blocks this application',
  next: 'ask the administrator of the tenant and give the ids',
}
const busy: Hint = {
  why: 'the tenant is busy or throttles this client',
  next: 'wait a minute and try again',
}

/**
 * Hints by AADSTS code. Microsoft may change codes (learn.microsoft.com/entra/identity-platform/reference-error-codes),
 * so they choose words only: exit codes come from the HTTP status and the OAuth error.
 */
export const hints: Readonly<Record<number, Hint>> = {
  7000215: {
    why: 'the client secret is wrong',
    next: `copy the Value of a secret, not its Secret ID, from ${secretPage}; a secret created seconds ago may need 30 s; \`npm run up\` renews the local one`,
  },
  7000222: {
    why: 'the client secret has expired',
    next: `create a new one: ${secretPage}; \`npm run up\` renews the local one`,
  },
  7000216: noCredential,
  7000218: noCredential,
  700016: unknownClient,
  700011: unknownClient,
  700038: { why: 'CLIENT_ID is not the id of an application', next: unknownClient.next },
  7000229: {
    why: 'the application is registered but has no service principal in the tenant',
    next: 'create its enterprise application; `npm run up` does it in the local tenant',
  },
  7000112: {
    why: 'the application is disabled',
    next: 'enable it: Entra admin center > Enterprise applications > the daemon > Properties > Enabled for users to sign-in',
  },
  700025: {
    why: 'the application is registered as a public client, which may not have a secret',
    next: 'switch off: Entra admin center > App registrations > the daemon > Authentication > Allow public client flows',
  },
  90002: unknownTenant,
  900021: unknownTenant,
  900023: unknownTenant,
  500011: unknownResource,
  50001: unknownResource,
  500014: { why: 'the API is disabled in this tenant', next: 'enable the enterprise application of the API' },
  70011: scopeForm,
  1002012: scopeForm,
  28000: severalResources,
  700022: severalResources,
  700027: {
    why: 'the signature of the client assertion does not match a certificate registered for the application',
    next: 'compare the thumbprint with those under Certificates & secrets of the daemon',
  },
  700030: {
    why: 'the certificate is not one the application accepts',
    next: 'compare subject and thumbprint with those under Certificates & secrets of the daemon',
  },
  700024: { why: 'the client assertion is not valid at this time', next: 'set the clock of this machine' },
  7000214: certificateValidity,
  7000274: certificateValidity,
  7000277: certificateValidity,
  1000502: certificateValidity,
  65001: consent,
  650056: consent,
  650057: consent,
  501051: {
    why: 'the API requires an assignment and this application has none',
    next: consent.next,
  },
  53003: policy,
  530032: policy,
  90006: busy,
  90024: busy,
  90033: busy,
  90055: busy,
  90090: busy,
}
