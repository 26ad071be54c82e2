import type { CacheChoice } from './cache-settings.js'
import { noCache, type TokenCache } from './token-cache.js'

export interface Surroundings {
  /** Milliseconds since 1970. */
  now: () => number
  newId: () => string
  warn: (text: string) => void
}

/** Opens the cache of the settings. What a kind needs is loaded for that kind only. */
export async function openCache(choice: CacheChoice, { now, newId, warn }: Surroundings): Promise<TokenCache> {
  switch (choice.kind) {
    case 'memory':
      return noCache
    case 'file': {
      const { createFileCache } = await import('./file-cache.js')
      return createFileCache({ path: choice.path, key: choice.key, newId, warn })
    }
    case 'redis': {
      const { createRedisCache } = await import('./redis-cache.js')
      return createRedisCache({ url: choice.url, key: choice.key, now, warn })
    }
  }
}
