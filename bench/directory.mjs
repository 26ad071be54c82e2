// A tenant's directory opened by itself, below HTTP: for what has no public way in or would take too long through it.
import { join } from 'node:path'
import { openDirectory } from '../packages/local-tenant/dist/src/directory/directory.js'
import { graphRoleId, microsoftGraphAppId } from '../packages/local-tenant/dist/src/directory/microsoft-graph.js'
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
      if (passwords.check(objectId, clientSecret, Date.now()) !== 'valid') throw new Error('The right secret was refused.')
    }
    repeat(check)
    return median(Array.from({ length: rounds }, () => repeat(check)))
  })
}

function repeat(work) {
  const started = performance.now()
  for (let call = 0; call < calls; call += 1) work()
  return ((performance.now() - started) * 1_000) / calls
}
