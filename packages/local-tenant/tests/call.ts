import { openDatabase } from '../src/directory/database.js'
import { openDirectory } from '../src/directory/directory.js'
import { createIssuers } from '../src/discovery/issuer.js'
import type { Call } from '../src/listener/call.js'
import { createRoutes } from '../src/routes.js'
import { createEmailSignIn } from '../src/sign-in/by-email.js'
import { createOutbox } from '../src/sign-in/outbox.js'
import { createPasswordSignIn } from '../src/sign-in/password.js'
import { createSessions } from '../src/sign-in/sessions.js'
import { openKeyRing } from '../src/signing/key-ring.js'
import { createWatch } from '../src/tenant.js'
import { createFederation, type Federation } from '../src/token-endpoint/federation.js'
import { createRememberedGrants } from '../src/token-endpoint/remembered-grants.js'
import { defaultTimes } from '../src/tokens/access-token.js'
import { createAuthorizationCodes } from '../src/tokens/authorization-codes.js'
import { createDeviceCodes } from '../src/tokens/device-codes.js'
import { createRefreshTokens } from '../src/tokens/refresh-tokens.js'
import { object } from './https-client.js'

export interface InProcess {
  now?: () => Date
  federation?: Federation
}

/** Made once for all tenants of a test file, because a key pair costs a core a good part of a second. */
const keysOfThisFile = openKeyRing(openDatabase(null), () => new Date())

/** A tenant without a listener: calls go straight to its routes. */
export async function inProcess({
  now = () => new Date(),
  federation = createFederation({ allowedIssuers: [] }, now),
}: InProcess = {}) {
  const first = { subdomain: 'contoso', displayName: 'Contoso', users: [] }
  const directory = openDirectory({ file: null, now, first })
  const keys = await keysOfThisFile
  const faults: unknown[] = []
  const watch = createWatch(directory, { onFault: (error) => faults.push(error), onNotice: () => {} })
  const grants = createRememberedGrants(directory)
  const outbox = createOutbox(now)
  const tenant = {
    directory,
    grants,
    keys,
    times: defaultTimes,
    now,
    watch,
    federation,
    deviceCodes: createDeviceCodes(now, watch.elapsed),
    firstUsers: [],
    codes: createAuthorizationCodes(now),
    refreshTokens: createRefreshTokens(directory.db, now),
    sessions: createSessions(directory, now),
    outbox,
    emailSignIn: createEmailSignIn(directory, outbox, now),
    passwordSignIn: createPasswordSignIn(directory, now),
    issuerOf: createIssuers(directory.organization, 'tenant'),
    replication: { delayMs: 0 },
  } as const
  const routes = createRoutes([tenant], now, (error) => faults.push(error))
  async function send({ body = '', ...call }: Partial<Call> & { body?: string }) {
    const heard: Call & { heard: string | undefined } = {
      ...emptyCall,
      ...call,
      async readBody() {
        heard.heard = body
        return body
      },
      heard: undefined,
    }
    const answer = await routes(heard)
    if ('silence' in answer) throw new Error(`no answer: ${answer.silence}`)
    const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8', ...answer.headers }
    return { status: answer.status, headers, body: object(JSON.parse(answer.text ?? JSON.stringify(answer.body))) }
  }
  return { directory, keys, faults, send }
}

const emptyCall: Omit<Call, 'readBody' | 'heard'> = {
  method: 'GET',
  family: { kind: 'localhost' },
  port: 8443,
  remoteAddress: '127.0.0.1',
  origin: 'https://localhost:8443',
  path: [],
  query: new URLSearchParams(),
  headers: {},
  correlationId: undefined,
}
