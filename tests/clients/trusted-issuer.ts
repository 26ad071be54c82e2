import { clientCredentialsToken } from '@tenantry/app-registration'
import { startTenant } from '@tenantry/local-tenant'

/** Another tenant, whose applications show its tokens to ours instead of a secret. */
export interface TrustedIssuer extends AsyncDisposable {
  readonly origin: string
  /** PEM. */
  readonly ca: string
  /** What stands in `iss` and in `aud` of its tokens. */
  readonly issuer: string
  readonly audience: string
  addWorkload(displayName: string): Promise<Workload>
}

export interface Workload {
  readonly subject: string
  /** An app-only token, good for an hour. */
  readonly token: string
}

export async function openTrustedIssuer(): Promise<TrustedIssuer> {
  const { origin, authority, ca, apps, close } = await startTenant({ subdomain: 'fabrikam', dataFolder: null, port: 0 })
  const { appId: audience } = apps.add({ displayName: 'Token exchange', appRoles: ['Exchange'] })
  return {
    origin,
    ca: ca.root,
    issuer: `${authority}/v2.0`,
    audience,
    async addWorkload(displayName) {
      const { appId: clientId, clientSecret, servicePrincipalId } = apps.add({ displayName, secret: true })
      const client = { authority, clientId, clientSecret: clientSecret ?? '', ca: ca.root }
      const token = await clientCredentialsToken({ ...client, scope: `${audience}/.default` })()
      return { subject: servicePrincipalId, token }
    },
    [Symbol.asyncDispose]: close,
  }
}
