// jose with remote keys over the global fetch: proves the token on standard input for ISSUER and AUDIENCE.
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import { refused } from '../acquisition.js'

const { JWKS_URI = '', ISSUER = '', AUDIENCE = '' } = process.env

async function verify(token: string) {
  const keys = createRemoteJWKSet(new URL(JWKS_URI))
  try {
    const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'JWT', requiredClaims: ['exp', 'nbf', 'iat'] }
    const { payload } = await jwtVerify(token, keys, options)
    return { outcome: 'token', length: token.length, claims: payload, cached: false }
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed) return refused(`${error.code} ${error.claim}`, '')
    if (error instanceof errors.JOSEError) return refused(error.code, '')
    throw error
  }
}

console.log(JSON.stringify(await verify(await text(process.stdin))))
