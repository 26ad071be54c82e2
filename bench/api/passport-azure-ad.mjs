// Microsoft's former middleware over Express with a constant: no database, log or limits.
import { createServer } from 'node:https'
import express from 'express'
import passport from 'passport'
import { BearerStrategy } from 'passport-azure-ad'
import { clientId, issuer, port, tls } from './settings.mjs'
import { todos } from './todos.mjs'

const identityMetadata = `${issuer}/.well-known/openid-configuration`
const options = {
  identityMetadata,
  clientID: clientId,
  audience: clientId,
  issuer,
  validateIssuer: true,
  loggingLevel: 'error',
}
passport.use(new BearerStrategy(options, (token, done) => done(null, { id: token.oid }, token)))
const app = express()
app.use(passport.initialize())
app.get('/api/todolist', passport.authenticate('oauth-bearer', { session: false }), (_request, response) =>
  response.json(todos),
)
createServer(tls, app).listen(port, '127.0.0.1')
