import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createPortFinder } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTenant, type TenantUnderTest } from '../clients/tenant-under-test.js'
import { root } from '../workspaces.js'

/** A tenant, an API that answers every token with an empty list, and the daemon to be run against both. */
export interface Stack extends AsyncDisposable {
  readonly underTest: TenantUnderTest
  /** The roles in the tokens that the API was shown, in this order. */
  readonly shown: unknown[]
  /** Runs `getToDos --verbose` with the settings of the registered daemon, but without its credential. */
  run(settings: Readonly<Record<string, string>>): Promise<Ended>
  /** Writes a file that is gone with the stack; gives its path. */
  write(name: string, content: string): string
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const standIn = join(root, 'apps', 'daemon', 'tests', 'stand-in')

export async function openStack(): Promise<Stack> {
  const underTest = await openTenant()
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-daemon-'))
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const shown: unknown[] = []
  const api = await startApi(shown)
  const roots = [underTest.tenant.ca.root, readFileSync(join(standIn, 'test-only-localhost.cert.pem'), 'utf8')]
  const settings = {
    CLIENT_ID: underTest.daemon.clientId,
    AUTHORITY: underTest.tenant.authority,
    SCOPES: underTest.api.scope,
    API_ENDPOINT: `https://localhost:${api.port}/api/todolist`,
    CA_FILE: write('roots.pem', roots.join('\n')),
  }
  return {
    underTest,
    shown,
    write,
    run: (more) => runDaemon({ ...settings, ...more }, folder),
    async [Symbol.asyncDispose]() {
      api.stop()
      rmSync(folder, { recursive: true })
      await underTest[Symbol.asyncDispose]()
    },
  }
}

async function startApi(shown: unknown[]) {
  const key = readFileSync(join(standIn, 'test-only-localhost.key.pem'))
  const cert = readFileSync(join(standIn, 'test-only-localhost.cert.pem'))
  const server = createServer({ key, cert }, ({ headers }, response) => {
    shown.push(rolesIn(headers.authorization ?? ''))
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function rolesIn(authorization: string): unknown {
  const claims = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(claims) as { roles?: unknown }).roles
}

async function runDaemon(env: Readonly<Record<string, string>>, cwd: string): Promise<Ended> {
  const program = join(root, 'apps', 'daemon', 'todolist-daemon.cjs')
  const child = spawn(process.execPath, [program, '--op', 'getToDos', '--verbose'], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  await once(child, 'close')
  return { code: child.exitCode, ...output }
}

/** Proves that none of `secrets` is in the output, whole or in one of its longer lines, and no token either. */
export function assertNothingLeaked({ stdout, stderr }: Ended, secrets: readonly string[]): void {
  const lines = secrets
    .flatMap((secret) => secret.split('\n'))
    .filter((line) => line.length > 10 && !line.startsWith('-----'))
  for (const text of [stdout, stderr]) {
    for (const line of lines) assert.ok(!text.includes(line), 'a credential was shown')
    assert.ok(!text.includes('eyJ'), 'a token was shown')
  }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const finder = createPortFinder().listen(0, '127.0.0.1')
  await once(finder, 'listening')
  const { port } = finder.address() as AddressInfo
  finder.close()
  await once(finder, 'close')
  return port
}
