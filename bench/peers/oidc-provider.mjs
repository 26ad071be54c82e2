import { createPrivateKey } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { claims, issuer, kid, lifetime, serve, settings } from './issuer.mjs'

const { clientId, clientSecret, apiId, signingKey } = settings
const resource = {
  scope: 'default',
  audience: apiId,
  accessTokenFormat: 'jwt',
  accessTokenTTL: lifetime,
  jwt: { sign: { alg: 'RS256', kid } },
}

/** It states these by itself. */
const itsOwn = ['aud', 'iss', 'iat', 'exp', 'sub']

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  jwks: { keys: [{ ...createPrivateKey(signingKey).export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `api://${apiId}`,
      useGrantedResource: () => true,
      getResourceServerInfo: () => resource,
    },
  },
  extraTokenClaims: () => Object.fromEntries(Object.entries(claims()).filter(([name]) => !itsOwn.includes(name))),
})

serve(provider.callback())
