// One route, GET /todos, protected one way or not at all. node server.mjs <way> <settings file> <port>
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { anyOf, createTokenVerifier, definePermissions } from '@tenantry/entra-token'
import { protectedRoutes } from '@tenantry/entra-token/express'
import { entraToken } from '@tenantry/entra-token/fastify'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import Fastify from 'fastify'
import passport from 'passport'
import azure from 'passport-azure-ad'

const [way, file, port] = process.argv.slice(2)
const { tenantId, audience, issuer, authority, documents, jwksUri, metadata, tls } = JSON.parse(
  readFileSync(file, 'utf8'),
)
const todos = [1, 2, 3].map((id) => ({ id, owner: tenantId, description: `To-do ${id}` }))

const permissions = definePermissions({ scopes: [], roles: ['ToDoList.Read.All'] })
const read = anyOf(permissions.app.hasRole('ToDoList.Read.All'))
const fetchKeys = async ({ pathname }) =>
  Buffer.from(JSON.stringify(pathname.endsWith('/keys') ? documents.keys : documents.discovery))
const verifier = createTokenVerifier({ authority, tenantId, audience, permissions, allowedApps: null, fetchKeys })
await verifier.ready()

const key = createPublicKey({ format: 'jwk', key: documents.keys.keys[0] })

/** The least that can be said to check a token: signature, issuer, audience, times. */
function bareCheck(header = '') {
  const token = header.slice(7)
  const end = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  if (!verify('sha256', Buffer.from(token.slice(0, end), 'latin1'), key, signature)) return false
  const claims = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, end), 'base64url').toString())
  const now = Date.now() / 1000
  return claims.iss === issuer && claims.aud === audience && claims.exp > now && claims.nbf <= now + 60
}

const ways = {
  'fastify, no auth': () => onFastify((app) => app.get('/todos', () => todos)),
  'fastify, entra-token': () =>
    onFastify(async (app) => {
      await app.register(entraToken, { verifier })
      app.get('/todos', { config: { access: read } }, () => todos)
    }),
  'fastify, bare node:crypto': () =>
    onFastify((app) => {
      app.addHook('onRequest', (request, reply, done) => {
        if (bareCheck(request.headers.authorization)) done()
        else reply.code(401).send()
      })
      app.get('/todos', () => todos)
    }),
  'express, no auth': () => onExpress((app) => app.get('/todos', answer)),
  'express, entra-token': () => onExpress((app) => protectedRoutes(app, verifier).get('/todos', read, answer)),
  'express, express-oauth2-jwt-bearer': () =>
    onExpress((app) => app.get('/todos', auth({ issuer, audience, jwksUri, tokenSigningAlg: 'RS256' }), answer)),
  'express, passport-azure-ad': () =>
    onExpress((app) => {
      https.globalAgent.options.ca = tls.cert
      const logging = { loggingLevel: 'fatal', loggingNoPII: true }
      const expected = { clientID: audience, audience, issuer, validateIssuer: true }
      const options = { identityMetadata: metadata, ...expected, ...logging }
      passport.use(new azure.BearerStrategy(options, (claims, done) => done(null, claims)))
      app.get('/todos', passport.authenticate('oauth-bearer', { session: false }), answer)
    }),
}

await ways[way]()

function answer(_request, response) {
  response.json(todos)
}

async function onFastify(declare) {
  const app = Fastify({ https: tls })
  await declare(app)
  await app.listen({ host: '127.0.0.1', port: Number(port) })
}

function onExpress(declare) {
  const app = express()
  declare(app)
  https.createServer(tls, app).listen(Number(port), '127.0.0.1')
}
