import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { daemonFolder } from './daemon-process.js'

export interface Running {
  child: ChildProcess
  /** Waits for the next log line with this message, or whose message begins with it. */
  told(message: string): Promise<Record<string, unknown>>
  log(): Record<string, unknown>[]
  stderr(): string
  /** Sends a signal, if one is given, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Start {
  cwd: string
  settings: Readonly<Record<string, string | undefined>>
}

/** `run` with these arguments, as a process that stays; it is killed after the test in any case. */
export function startDaemon(t: TestContext, args: readonly string[], { cwd, settings }: Start): Running {
  const child = spawn(process.execPath, [join(daemonFolder, 'todolist-daemon.cjs'), 'run', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const closed = once(child, 'close')
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  let read = 0
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const lines = () => text.split('\n').slice(0, -1)
  return {
    child,
    stderr: () => text,
    log: () => logOf(text),
    told: async (message) => {
      for (;;) {
        const found = logOf(lines().slice(read).join('\n')).findIndex((line) =>
          String(line['message']).startsWith(message),
        )
        if (found >= 0) {
          read += found + 1
          return logOf(lines()[read - 1] ?? '')[0] ?? {}
        }
        assert.ok(child.exitCode === null && child.signalCode === null, `it ended without "${message}":\n${text}`)
        await Promise.race([once(child.stderr, 'data'), closed])
      }
    },
    end: async (signal) => {
      if (signal !== undefined) child.kill(signal)
      await closed
      const secret = settings['CLIENT_SECRET']
      assert.ok(!secret || !text.includes(secret), 'a secret was shown')
      assert.ok(!text.includes('eyJ'), 'a token was shown')
      return child.exitCode
    },
  }
}

/** The lines that are log; the one of a failure at the end is a sentence. */
export function logOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Status and text of one of the daemon's pages about its health. */
export function page(port: unknown, path: string): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: Number(port), path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve([response.statusCode, text]))
    }).on('error', reject)
  })
}
