import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Why tests with a real Redis are left out on this machine; false where they are not. */
export const noRedis =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed on this machine'

export interface Redis {
  url: string
  stop(): Promise<void>
  start(): Promise<void>
}

/** A real Redis server of its own, which keeps nothing. */
export async function startRedis(test: TestContext): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-redis-'))
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  let server: ChildProcess | undefined
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
      server = spawn('redis-server', options, { stdio: 'ignore' })
      await listening(port)
    },
    stop: async () => {
      if (!server || server.exitCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
      server = undefined
    },
  }
  test.after(async () => {
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await redis.start()
  return redis
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
  throw new Error('redis-server does not listen')
}
