// The libraries, each as its guide shows it for one tenant, one audience and RS256: given a token, a promise of acceptance.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { createTokenVerifier, definePermissions } from '@tenantry/entra-token'
import { createTestTenant } from '@tenantry/entra-token/testing'
import { JwtVerifier } from 'aws-jwt-verify'
import { auth } from 'express-oauth2-jwt-bearer'
import { createLocalJWKSet, jwtVerify } from 'jose'
import azure from 'passport-azure-ad'
import { root } from '../measure.mjs'

export const audience = '22222222-aaaa-4bbb-8ccc-000000000002'
export const permissions = definePermissions({ scopes: ['ToDoList.Read'], roles: ['ToDoList.Read.All'] })

const fixtures = join(root, 'packages/entra-token/tests/fixtures')
const [cert, key] = ['cert', 'key'].map((name) => readFileSync(join(fixtures, `localhost-${name}.pem`), 'utf8'))

/** A tenant whose documents are really served, over HTTP and HTTPS, because two of the libraries fetch them by themselves. */
export async function startTenant() {
  const tenantId = '11111111-aaaa-4bbb-8ccc-000000000001'
  let tenant
  const answer = ({ url }, response) => {
    const documents = tenant.documents()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url.includes('/keys') ? documents.keys : documents.discovery))
  }
  const servers = [createHttpServer(answer), https.createServer({ cert, key }, answer)]
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  const [plain, secure] = servers.map((server) => server.address().port)
  tenant = createTestTenant({ audience, tenantId, authority: `https://localhost:${secure}/${tenantId}` })
  https.globalAgent.options.ca = cert
  return {
    tenant,
    jwksUri: `http://localhost:${plain}/keys`,
    tls: { cert, key },
    metadata: `https://localhost:${secure}/${tenantId}/v2.0/.well-known/openid-configuration`,
    close: () => {
      for (const server of servers) server.close()
    },
  }
}

/** By name: `check(token)` throws, rejects or answers. */
export async function contenders({ tenant, jwksUri, metadata }) {
  const ours = createTokenVerifier({ ...tenant.options, permissions, allowedApps: null, cache: false })
  await ours.ready()
  const keys = tenant.documents().keys
  const local = createLocalJWKSet(keys)
  const expected = { issuer: tenant.issuer, audience, algorithms: ['RS256'] }
  const aws = JwtVerifier.create({ issuer: tenant.issuer, audience, jwksUri })
  aws.cacheJwks(keys)
  const middleware = auth({ issuer: tenant.issuer, audience, jwksUri, tokenSigningAlg: 'RS256' })
  const strategy = new azure.BearerStrategy(
    {
      identityMetadata: metadata,
      clientID: audience,
      audience,
      issuer: tenant.issuer,
      validateIssuer: true,
      loggingLevel: 'fatal',
      loggingNoPII: true,
    },
    (claims, done) => done(null, claims),
  )
  return {
    '@tenantry/entra-token': (token) => ours.verify(token),
    jose: (token) => jwtVerify(token, local, expected),
    'aws-jwt-verify': async (token) => aws.verifySync(token),
    'express-oauth2-jwt-bearer': (token) => runMiddleware(middleware, token),
    'passport-azure-ad': (token) => runStrategy(strategy, token),
  }
}

/** No more of Express than the middleware reads. */
function runMiddleware(middleware, token) {
  const request = {
    headers: { authorization: `Bearer ${token}`, host: 'localhost' },
    method: 'GET',
    protocol: 'http',
    url: '/',
    originalUrl: '/',
    query: {},
    body: {},
    is: () => false,
    get: (name) => (name === 'Host' ? 'localhost' : undefined),
  }
  return new Promise((resolve, reject) => {
    middleware(request, { setHeader() {}, end() {} }, (error) => (error ? reject(error) : resolve()))
  })
}

function runStrategy(strategy, token) {
  return new Promise((resolve, reject) => {
    const own = Object.create(strategy)
    Object.assign(own, { success: resolve, fail: (reason) => reject(new Error(String(reason))), error: reject })
    own.authenticate({ headers: { authorization: `Bearer ${token}` }, query: {}, body: {} }, {})
  })
}
