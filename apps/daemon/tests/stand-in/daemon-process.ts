import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { apiId, certificateFile, clientId, type Services } from './services.js'

export const daemonFolder = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Start {
  /** Another file of the daemon's folder to start than the command itself. */
  program?: string
  args?: readonly string[]
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** What stdin holds; nothing without it. */
  input?: string
  /** Called with the running process, for instance to send it a signal. */
  during?: (child: ChildProcess) => unknown
}

/** A secret in the form Entra gives them, different in each run of the tests. */
export const secret = `${randomBytes(3).toString('hex')}~${randomBytes(20).toString('base64url')}.+%/`

/** The settings of a daemon that uses the stand-in services. */
export function settingsFor(services: Pick<Services, 'authority' | 'apiEndpoint'>): Record<string, string> {
  return {
    CLIENT_ID: clientId,
    AUTHORITY: services.authority,
    CLIENT_SECRET: secret,
    SCOPES: `api://${apiId}/.default`,
    API_ENDPOINT: services.apiEndpoint,
    CA_FILE: certificateFile,
  }
}

/** Runs the real command to its end and proves on the way that it shows neither the secret nor a token. */
export async function runDaemon(start: Start): Promise<Ended> {
  const ended = await runTokenCommand(start)
  assertNothingLeaked(ended)
  return ended
}

/** Runs a command whose purpose is to print a token: only stderr is proved. */
export async function runTokenCommand({
  program = 'todolist-daemon.cjs',
  args = ['--op', 'getToDos'],
  env = {},
  cwd,
  input,
  during,
}: Start): Promise<Ended> {
  const child = spawn(process.execPath, [join(daemonFolder, program), ...args], {
    cwd: cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that does not read its input closes the pipe.
  child.stdin.on('error', () => undefined).end(input)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const closed = once(child, 'close')
  await during?.(child)
  await closed
  assertNothingLeaked({ stdout: '', stderr: output.stderr })
  return { code: child.exitCode, ...output }
}

/** The output with `<id>` for the correlation id, which differs in each run. */
export function withoutCorrelationId(output: string): string {
  return output.replace(/correlation id [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'correlation id <id>')
}

/** An empty folder that is gone after the test. */
export function emptyFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-'))
  test.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function assertNothingLeaked({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): void {
  for (const shown of [stdout, stderr]) {
    assert.ok(!shown.includes(secret), 'the client secret was shown')
    assert.ok(!shown.includes(encodeURIComponent(secret)), 'the client secret was shown, form-encoded')
    assert.ok(!shown.includes('eyJ'), 'a token was shown')
  }
}
