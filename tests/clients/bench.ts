import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Acquisition, readAcquisition } from './acquisition.js'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.js'
import { openTenant, type TenantUnderTest } from './tenant-under-test.js'

/** A tenant and, around it, what a program in any language has to be told to trust and to reach it. */
export interface Bench extends AsyncDisposable {
  readonly open: TenantUnderTest
  readonly proxy: ConnectProxy
  /** For files of this run; it holds the tenant's CA as ca.pem. */
  readonly folder: string
  readonly caFile: string
  /** Runs a program to its end and reads the one line that it prints. */
  run(command: readonly string[], environment: Environment, input?: string): Promise<Acquisition>
}

export type Environment = Readonly<Record<string, string>>

const timeout = 30_000

export async function openBench(): Promise<Bench> {
  const open = await openTenant()
  const proxy = await startConnectProxy(open.tenant)
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-clients-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, open.tenant.ca.root)
  const reach = { ...ofThisMachine(), ...proxyVariables(proxy), ...caVariables(caFile) }
  return {
    open,
    proxy,
    folder,
    caFile,
    async run(command, environment, input = '') {
      const { code, stdout, stderr } = await runToEnd(command, { ...reach, ...environment }, input)
      assert.ok(isSilent(stdout + stderr, open), `${command[0]} printed a token, a secret or a key`)
      assert.equal(code, 0, `${command[0]} failed: ${stderr.slice(0, 2_000)}`)
      return readAcquisition(stdout)
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await open[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Nothing else of our own environment: a proxy or a CA that is set on this machine would decide the outcome. */
function ofThisMachine(): Environment {
  const names = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP', 'USERPROFILE']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function proxyVariables({ port }: ConnectProxy): Environment {
  return { HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'localhost,127.0.0.1' }
}

/** Each of these is read by one kind of program: Node, Python's requests, Go. */
function caVariables(file: string): Environment {
  return { NODE_EXTRA_CA_CERTS: file, REQUESTS_CA_BUNDLE: file, SSL_CERT_FILE: file }
}

async function runToEnd(command: readonly string[], env: Environment, input: string) {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, timeout, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  // A program that ends without reading its input is none the worse for it.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/**
 * No JWT, no secret, and no line of a private key. A JWT is known by two JSON objects with a dot between them, because the
 * claims that the programs print hold random Base64, in which any three characters turn up one day.
 */
function isSilent(output: string, { daemon, stranger }: TenantUnderTest): boolean {
  const keys = [daemon, stranger]
    .flatMap(({ certificate: { pem } }) => pem.split('\n'))
    .filter((line) => line.length > 40)
  return !/eyJ[\w-]{8,}\.eyJ/.test(output) && ![daemon.clientSecret, ...keys].some((secret) => output.includes(secret))
}
