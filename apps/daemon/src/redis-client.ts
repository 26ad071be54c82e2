import { createClient } from 'redis'

const connectTimeoutMs = 2_000
const longestPauseMs = 10_000

export interface RedisConnection {
  client: ReturnType<typeof newClient>
  /** Connected, or given up for now: while it tries again in the background, commands fail and nobody waits. */
  tried(): Promise<unknown>
  close(): void
}

/** A connection that is opened when it is first wanted and comes back by itself. `down` is told of each failure. */
export function connectRedis(url: string, down: () => void): RedisConnection {
  const client = newClient(url)
  client.on('error', down)
  let tried: Promise<unknown> | undefined
  return {
    client,
    tried: () => {
      tried ??= firstAnswer(client)
      return tried
    },
    close: () => {
      if (client.isOpen) client.destroy()
    },
  }
}

function newClient(url: string) {
  const reconnectStrategy = (tries: number): number => Math.min(100 * 2 ** tries, longestPauseMs)
  return createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy },
  })
}

function firstAnswer(client: ReturnType<typeof newClient>): Promise<unknown> {
  return new Promise((resolve) => {
    client.once('ready', resolve)
    client.once('error', resolve)
    client.connect().catch(resolve)
  })
}
