// A tenant's directory opened by itself, below HTTP: for what has no public way in or would take too long through it.
import { constants, createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import { join } from 'node:path'
import { findClient } from '../packages/local-tenant/dist/src/authorization/client.js'
import { openDirectory } from '../packages/local-tenant/dist/src/directory/directory.js'
import { graphRoleId, microsoftGraphAppId } from '../packages/local-tenant/dist/src/directory/microsoft-graph.js'
import { makeSigningKey } from '../packages/local-tenant/dist/src/signing/make-key.js'
import { checkClientAssertion } from '../packages/local-tenant/dist/src/token-endpoint/client-assertion.js'
import { median } from './measure.mjs'
import { subdomain } from './registration.mjs'

/** Calls `work` with the directory of the tutorial's tenant, which nobody else may have open. */
function withDirectory(data, work) {
  const file = join(data, `${subdomain}.db`)
  const directory = openDirectory({
    file,
    now: () => new Date(),
    first: { subdomain, displayName: subdomain, users: [] },
  })
  try {
    return work(directory)
  } finally {
    directory.close()
  }
}

/** Registers `count` applications, each with a service principal and a secret; returns how they sign in. */
export function addApplications(data, count) {
  return withDirectory(data, ({ db, applications, servicePrincipals, passwords }) => {
    const add = (_, index) => {
      const { objectId, appId } = applications.create({ displayName: `application ${index}` })
      servicePrincipals.create(appId, {})
      const { secretText } = passwords.add(objectId, { displayName: null })
      return { clientId: appId, clientSecret: secretText }
    }
    return db.transaction(() => Array.from({ length: count }, add))
  })
}

/** Grants the tutorial's daemon to read applications through Graph. */
export function allowReading(data, { servicePrincipalId }) {
  withDirectory(data, ({ servicePrincipals, assignments }) => {
    const { objectId } = servicePrincipals.find({ appId: microsoftGraphAppId })
    const appRoleId = graphRoleId('Application.Read.All')
    assignments.create({ principalId: servicePrincipalId, resourceId: objectId, appRoleId })
  })
}

const rounds = 7
const calls = 5_000

/** Microseconds for one check of a right secret; looking the application up is not in it. */
export function timeSecretCheck(data, { clientId, clientSecret }) {
  return withDirectory(data, ({ applications, passwords }) => {
    const { objectId } = applications.find({ appId: clientId })
    const check = () => {
      if (passwords.check(objectId, clientSecret, Date.now()) !== 'valid')
        throw new Error('The right secret was refused.')
    }
    return timeEach(check)
  })
}

/** Microseconds for one check of a right assertion, signed as MSAL Node does (PS256); looking the client up is not in it. */
export async function timeAssertionCheck(data, { clientId, tenantId }) {
  const { certificate, privateKey } = await makeSigningKey(new Date(Date.now() - 86_400_000))
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  const thumbprint = createHash('sha256').update(certificate).digest('base64url')
  const origin = 'https://localhost:8443'
  const assertion = signAssertion(clientId, `${origin}/${tenantId}/oauth2/v2.0/token`, key, thumbprint)
  const checks = []
  const microseconds = withDirectory(data, (directory) => {
    const client = findClient(clientId, directory, tenantId)
    directory.keyCredentials.add(client.applicationId, { key: certificate })
    const context = { directory, origin, issuer: { v1: '', v2: '' } }
    // Each is done when it returns: its promise only says how it went.
    return timeEach(() => checks.push(checkClientAssertion(assertion, client, { ...context, now: new Date() })))
  })
  await Promise.all(checks)
  return microseconds
}

function signAssertion(clientId, aud, key, thumbprint) {
  const now = Math.floor(Date.now() / 1000)
  const segment = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { aud, iss: clientId, sub: clientId, jti: randomUUID(), nbf: now, exp: now + 600 }
  const input = `${segment({ typ: 'JWT', alg: 'PS256', 'x5t#S256': thumbprint })}.${segment(claims)}`
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return `${input}.${sign('sha256', Buffer.from(input), { key, ...padding }).toString('base64url')}`
}

function timeEach(work) {
  repeat(work)
  return median(Array.from({ length: rounds }, () => repeat(work)))
}

function repeat(work) {
  const started = performance.now()
  for (let call = 0; call < calls; call += 1) work()
  return ((performance.now() - started) * 1_000) / calls
}
