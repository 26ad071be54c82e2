import { createPrivateKey } from 'node:crypto'
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server'
import { claims, issuer, kid, serve, settings } from './issuer.mjs'

const oauth2 = new OAuth2Issuer()
oauth2.url = issuer
await oauth2.keys.add({ ...createPrivateKey(settings.signingKey).export({ format: 'jwk' }), kid, alg: 'RS256' })

const service = new OAuth2Service(oauth2)
service.on('beforeTokenSigning', ({ payload }) => void Object.assign(payload, claims()))

serve(service.requestHandler)
