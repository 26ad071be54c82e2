import { Failure } from '../failure.js'
import { explainToken, readToken, type TokenParts } from '../token-claims.js'
import { wrongArgument } from './arguments.js'
import type { Call, Result } from './command.js'
import { textOf } from './stdin-text.js'

const longestToken = 64 * 1024

/** The one command whose purpose is to print a token. */
export async function getToken(call: Call): Promise<Result> {
  if (call.world.stdout.isTTY === true && !call.options.has('raw'))
    throw wrongArgument('stdout is a terminal, where the token would stay to be seen', 'pipe it, or add --raw')
  return call.inSession(async (session) => {
    const token = await session.accessToken()
    return { value: { accessToken: token, tokenType: 'Bearer' }, text: `${token}\n` }
  })
}

export async function inspectToken(call: Call): Promise<Result> {
  const [argument] = call.positionals
  const text = argument === '-' ? await textOf(call, longestToken) : argument
  if (text === undefined) return { value: explainToken(await ownToken(call), call.world.now()) }
  // What is pasted often brings its header along.
  const parts = readToken(text.trim().replace(/^(authorization:\s*)?bearer\s+/i, ''))
  if (parts === undefined || text.length > longestToken)
    throw wrongArgument('what is to be inspected is not a JWT', 'a JWT is three base64url texts with dots between them')
  return { value: explainToken(parts, call.world.now()) }
}

export async function clearToken(call: Call): Promise<Result> {
  return call.inSession(async (session) => {
    await session.forget()
    return { value: { cleared: true, cache: session.configuration.tokenCache.kind } }
  })
}

export async function whoAmI(call: Call): Promise<Result> {
  const { kind, application, objectId, tenant, roles, scopes, audience, issuer, expires } = explainToken(
    await ownToken(call),
    call.world.now(),
  )
  return { value: { kind, application, objectId, tenant, roles, scopes, audience, issuer, expires } }
}

function ownToken(call: Call): Promise<TokenParts> {
  return call.inSession(async (session) => {
    const parts = readToken(await session.accessToken())
    if (parts) return parts
    throw new Failure('unexpected', {
      what: 'the access token cannot be read',
      why: 'it is not a JWT, for instance because it is encrypted for the API',
      next: 'ask the API who is calling; a token is meant for the API alone',
    })
  })
}
