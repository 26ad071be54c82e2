import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Acquisition, readAcquisition } from './acquisition.js'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.js'
import { type Environment, reach, runToEnd } from './program.js'
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

export async function openBench(): Promise<Bench> {
  const open = await openTenant()
  const proxy = await startConnectProxy(open.tenant)
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-clients-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, open.tenant.ca.root)
  const known = reach(proxy, caFile)
  return {
    open,
    proxy,
    folder,
    caFile,
    async run(command, environment, input = '') {
      const { code, stdout, stderr } = await runToEnd(command, { ...known, ...environment }, { input })
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
