import { settingsIn } from '../configuration.js'
import { readCredentialSources } from '../credentials/credential-source.js'
import { describeSource } from '../credentials/describe-source.js'
import type { Call, Result } from './command.js'

export async function showCredential(call: Call): Promise<Result> {
  const sources = readCredentialSources(settingsIn(await call.layers()))
  return { value: sources.map(describeSource) }
}

export async function testCredential(call: Call): Promise<Result> {
  return call.inSession(
    async (session) => {
      await session.accessToken()
      const { clientId, authority } = session.configuration
      const used = session.lastCredential()
      const credential = used && 'value' in used ? { kind: used.value.kind, credential: used.value.label } : {}
      return { value: { accepted: true, ...credential, clientId, authority: authority.href } }
    },
    { uncached: true },
  )
}
