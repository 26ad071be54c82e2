// Auth0's middleware over Express with a constant: no database, log or limits.
import { createServer } from 'node:https'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { authority, clientId, issuer, port, tls } from './settings.mjs'
import { todos } from './todos.mjs'

const app = express()
const tenantId = new URL(authority).pathname
const jwksUri = `${new URL(authority).origin}${tenantId}/keys`
app.use(auth({ issuer, jwksUri, audience: clientId, tokenSigningAlg: 'RS256' }))
app.get('/api/todolist', (_request, response) => response.json(todos))
createServer(tls, app).listen(port, '127.0.0.1')
