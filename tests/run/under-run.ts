import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import { root } from '../workspaces.js'

/** A data folder in which a tenant runs, and programs that are run beside it through `tenantry run`. */
export interface Bench extends AsyncDisposable {
  readonly tenant: Tenant
  /** A new folder's parent, with a space in its name. */
  readonly folder: string
  readonly data: string
  /** Writes a program and returns its path. */
  program(name: string, text: string): string
  /** Runs `tenantry run -- <command>` to its end. */
  run(command: readonly string[], options?: RunOptions): Promise<Ended>
  /** Starts it and hands over the process. */
  start(command: readonly string[], options?: RunOptions): ChildProcess
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Of `tenantry run` itself. */
  readonly flags?: readonly string[]
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** What this machine's own environment would say about trust and proxies; tests say it themselves. */
const unset =
  /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|JAVA_TOOL_OPTIONS|(https?|all|no)_proxy|TENANTRY_.*)$/i
export const plainEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !unset.test(name)))

export const tenantry = join(root, 'packages/tenantry/tenantry.cjs')

export async function openRunBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry run '))
  const data = join(folder, 'data')
  const tenant = await startTenant({ dataFolder: data, port: 0 })
  const running = new Set<ChildProcess>()
  const start = (command: readonly string[], { env = {}, flags = [] }: RunOptions = {}) => {
    const args = [tenantry, 'run', '--data', data, ...flags, '--', ...command]
    const child = spawn(process.execPath, args, { env: { ...plainEnvironment, ...env }, cwd: folder })
    running.add(child)
    child.once('close', () => running.delete(child))
    return child
  }
  return {
    tenant,
    folder,
    data,
    program(name, text) {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    },
    start,
    run: (command, options = {}) => ended(start(command, options), options.stdin),
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGKILL')
      await tenant.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits for the end of a process and what it has written until then. */
export async function ended(child: ChildProcess, stdin = ''): Promise<Ended> {
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
    })
  }
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, ...text }
}

/** An HTTPS server of somebody else's: its name is `names[0]`, and it says under which name it was asked. */
export async function openServer({ ca }: Tenant, names: readonly string[]) {
  const { chain, key } = await ca.certificateFor(`server-${names[0]}`, names)
  const server = createServer({ cert: chain, key }, ({ headers, url }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ host: headers.host, path: url, authorization: headers.authorization ?? null }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
