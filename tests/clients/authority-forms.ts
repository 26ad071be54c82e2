import type { Tenant } from '@tenantry/local-tenant'

/** A way to write down the tenant's authority, and what a client has to be told beside it. */
export interface AuthorityForm {
  authority(tenant: Tenant): string
  /** MSAL Node's `knownAuthorities`. */
  known?(tenant: Tenant): string
  /** The authority is that of any OpenID provider, not one of Microsoft's. */
  readonly oidc?: true
  /** Microsoft's hosts cannot be reached, as on a machine that has nothing but the tenant. */
  readonly offline?: true
  /** Who signs for it; the family of the host decides (identity-platform/security-tokens). */
  issuer(tenant: Tenant): string
}

const ciam = ({ tenantId }: Tenant) => `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
const workforce = ({ tenantId }: Tenant) => `https://login.microsoftonline.com/${tenantId}/v2.0`
const local = ({ origin, tenantId }: Tenant) => `${origin}/${tenantId}/v2.0`

const localHost = ({ port }: Tenant) => `localhost:${port}`
const ciamWithPort = ({ subdomain, port }: Tenant) => `${subdomain}.ciamlogin.com:${port}`
const guidHost = ({ tenantId }: Tenant) => `${tenantId}.ciamlogin.com`

export const authorityForms = {
  '<sub>.ciamlogin.com/': {
    authority: ({ subdomain }) => `https://${subdomain}.ciamlogin.com/`,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com/ with <sub>.ciamlogin.com known': {
    authority: ({ subdomain }) => `https://${subdomain}.ciamlogin.com/`,
    known: ({ subdomain }) => `${subdomain}.ciamlogin.com`,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com/ with <tid>.ciamlogin.com known': {
    authority: ({ subdomain }) => `https://${subdomain}.ciamlogin.com/`,
    known: guidHost,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com/<sub>.onmicrosoft.com': {
    authority: ({ subdomain }) => `https://${subdomain}.ciamlogin.com/${subdomain}.onmicrosoft.com`,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com/<tid>': {
    authority: ({ subdomain, tenantId }) => `https://${subdomain}.ciamlogin.com/${tenantId}`,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com/<tid>/v2.0': {
    authority: ({ subdomain, tenantId }) => `https://${subdomain}.ciamlogin.com/${tenantId}/v2.0`,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com:<port>/<tid>': {
    authority: (tenant) => `https://${ciamWithPort(tenant)}/${tenant.tenantId}`,
    known: ciamWithPort,
    issuer: ciam,
  },
  '<sub>.ciamlogin.com:<port>/<sub>.onmicrosoft.com': {
    authority: (tenant) => `https://${ciamWithPort(tenant)}/${tenant.subdomain}.onmicrosoft.com`,
    known: ciamWithPort,
    issuer: ciam,
  },
  '<tid>.ciamlogin.com/': {
    authority: (tenant) => `https://${guidHost(tenant)}/`,
    issuer: ciam,
  },
  '<tid>.ciamlogin.com/<tid>': {
    authority: (tenant) => `https://${guidHost(tenant)}/${tenant.tenantId}`,
    issuer: ciam,
  },
  'login.microsoftonline.com/<tid>': {
    authority: ({ tenantId }) => `https://login.microsoftonline.com/${tenantId}`,
    issuer: workforce,
  },
  'localhost:<port>/<tid>': {
    authority: ({ authority }) => authority,
    known: localHost,
    issuer: local,
  },
  'localhost:<port>/<sub>.onmicrosoft.com': {
    authority: ({ origin, subdomain }) => `${origin}/${subdomain}.onmicrosoft.com`,
    known: localHost,
    issuer: local,
  },
  'localhost:<port>/': {
    authority: ({ origin }) => `${origin}/`,
    known: localHost,
    issuer: local,
  },
  'localhost:<port>/<tid> with localhost known, without its port': {
    authority: ({ authority }) => authority,
    known: () => 'localhost',
    offline: true,
    issuer: local,
  },
  'localhost:<port>/<tid> with nothing known, and Microsoft asked': {
    authority: ({ authority }) => authority,
    issuer: local,
  },
  'localhost:<port>/<tid> with nothing known': {
    authority: ({ authority }) => authority,
    offline: true,
    issuer: local,
  },
  'localhost:<port>/<tid>/v2.0 as an OpenID provider': {
    authority: ({ authority }) => `${authority}/v2.0`,
    known: localHost,
    oidc: true,
    issuer: local,
  },
} as const satisfies Readonly<Record<string, AuthorityForm>>

export type FormName = keyof typeof authorityForms
