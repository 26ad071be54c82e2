import type { Readable } from 'node:stream'
import type { Configuration } from '../configuration.js'
import type { Credential } from '../credentials/credential.js'
import type { Credentials } from '../credentials/credentials.js'
import { asFailure, type Failure } from '../failure.js'
import { openCache } from '../token-cache/open-cache.js'
import type { TokenCache } from '../token-cache/token-cache.js'
import type { Patience } from '../transport/retry.js'
import type { Transport } from '../transport/transport.js'
import type { AskTenant } from './ask-tenant.js'
import { createTokenSource, type TokenSource } from './token-source.js'

export interface TokenSettings extends Patience {
  configuration: Pick<Configuration, 'clientId' | 'authority' | 'scope' | 'credentials' | 'tokenCache'>
  transport: Transport
  correlationId: string
  stdin: () => Readable
  newId: () => string
  /** Told of every secret and token as soon as it is known. */
  conceal: (secret: string) => void
  warn: (text: string) => void
  /** True in a process that lives long; see `TokenSourceOptions`. */
  renewAhead: boolean
}

export interface OpenTokens extends TokenSource {
  /** What the tenant was last asked with, or why that could not be; undefined while it was not asked. */
  lastCredential(): { value: Credential } | { failure: Failure } | undefined
}

/** The daemon's source of tokens: cache, credentials and tenant, each opened when it is first needed. */
export function openTokens(settings: TokenSettings): OpenTokens {
  const { configuration, clock, random, signal, conceal, progress, renewAhead } = settings
  let credentials: Credentials | undefined
  let lastCredential: ReturnType<OpenTokens['lastCredential']>
  let tenant: Promise<AskTenant> | undefined
  const source = createTokenSource({
    key: JSON.stringify([configuration.authority.href, configuration.clientId, configuration.scope]),
    askTenant: async (ask) => {
      tenant ??= openTenant(settings, (opened) => {
        credentials = watched(opened, (last) => {
          lastCredential = last
        })
        return credentials
      })
      const record = await (await tenant)(ask)
      conceal(record.token)
      progress(`token acquired, expires in ${Math.round((record.expiresAt - clock.now()) / 1000)} s`)
      return record
    },
    cache: lateCache(settings),
    clock,
    random,
    generation: () => credentials?.generation() ?? 0,
    renewAhead,
    signal,
  })
  return {
    ...source,
    accessToken: async (ask) => {
      const token = await source.accessToken(ask)
      // One from the cache was not concealed yet.
      conceal(token)
      return token
    },
    lastCredential: () => lastCredential,
  }
}

function watched(
  credentials: Credentials,
  seen: (last: ReturnType<OpenTokens['lastCredential']>) => void,
): Credentials {
  return {
    ...credentials,
    next: async (tried) => {
      try {
        const credential = await credentials.next(tried)
        if (credential) seen({ value: credential })
        return credential
      } catch (error) {
        seen({ failure: asFailure(error) })
        throw error
      }
    },
  }
}

/** Loaded late: a token from the cache needs neither credentials nor MSAL. */
async function openTenant(
  settings: TokenSettings,
  opened: (credentials: Credentials) => Credentials,
): Promise<AskTenant> {
  const [{ createCredentials }, { createMaterialReader }, { createTenant }] = await Promise.all([
    import('../credentials/credentials.js'),
    import('../credentials/material.js'),
    import('./ask-tenant.js'),
  ])
  const { configuration, stdin, signal, conceal, warn, clock, correlationId } = settings
  const reader = createMaterialReader(stdin, signal)
  const credentials = opened(
    createCredentials({ sources: configuration.credentials, reader, now: clock.now, conceal, warn }),
  )
  return createTenant({ ...settings, ...configuration, credentials, correlationId: () => correlationId })
}

function lateCache({ configuration, clock, newId, warn }: TokenSettings): TokenCache {
  const { tokenCache } = configuration
  let cache: Promise<TokenCache> | undefined
  const opened = (): Promise<TokenCache> => {
    cache ??= openCache(tokenCache, { now: clock.now, newId, warn })
    return cache
  }
  return {
    read: async (key) => (await opened()).read(key),
    write: async (key, record) => (await opened()).write(key, record),
    remove: async (key) => (await opened()).remove(key),
    lease: async (key, ms) => (await opened()).lease(key, ms),
    isShared: tokenCache.kind === 'redis',
    close: async () => (await cache)?.close(),
  }
}
