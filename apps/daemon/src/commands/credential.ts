import { secretOrigin } from '../configuration.js'
import { Failure } from '../failure.js'
import type { Call, Result } from './command.js'

export async function showCredential(call: Call): Promise<Result> {
  const found = secretOrigin(await call.layers())
  if (found) return { value: { kind: 'client secret', ...found } }
  throw new Failure('configuration', {
    what: 'there is no credential',
    why: 'neither CLIENT_SECRET nor CLIENT_SECRET_FILE is set',
    next: 'run `npm run up` for a local tenant, or put the secret into a file and name it with CLIENT_SECRET_FILE',
  })
}

export async function testCredential(call: Call): Promise<Result> {
  const found = secretOrigin(await call.layers())
  return call.inSession(async (session) => {
    await session.accessToken({ renew: true })
    const { clientId, authority } = session.configuration
    return { value: { accepted: true, kind: 'client secret', ...found, clientId, authority: authority.href } }
  })
}
