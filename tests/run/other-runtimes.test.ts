import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { howToInstall, installed } from '../clients/installed.js'
import { root } from '../workspaces.js'
import { openRunBench, openServer } from './under-run.js'

const bench = await openRunBench()
after(() => bench[Symbol.asyncDispose]())
const programs = join(root, 'tests/run/programs')

/** A way to ask for an address, and how each runtime says that a certificate, or a tunnel, is not good. */
interface Runtime {
  readonly name: string
  /** The tools it needs on this machine. */
  readonly tools: readonly (readonly string[])[]
  prepare(): readonly string[]
  readonly status: RegExp
  readonly notTrusted: RegExp
  readonly refused: RegExp
}

/** A client of Python's: where .ci/install-clients put it, or where this machine has it. */
function pythonClient(client: string, refused: RegExp): Runtime {
  const venv = installed('run-python')
  const python = venv === undefined ? 'python3' : join(venv, 'venv/bin/python')
  return {
    name: `Python's ${client}`,
    tools: [[python, '-c', `import ${client}`]],
    prepare: () => [python, join(programs, 'get.py'), client],
    status: /^200\n$/,
    notTrusted: /certificate verify failed: permitted subtree violation/,
    refused,
  }
}

const runtimes: readonly Runtime[] = [
  {
    name: 'curl',
    tools: [['curl', '--version']],
    prepare: () => ['curl', '--silent', '--show-error', '--output', '/dev/null', '--write-out', '%{http_code}\n'],
    status: /^200\n$/,
    notTrusted: /SSL certificate problem: permitted subtree violation/,
    refused: /CONNECT tunnel failed, response 403|Received HTTP code 403 from proxy after CONNECT/,
  },
  pythonClient('urllib', /Tunnel connection failed: 403 Forbidden/),
  pythonClient('requests', /Tunnel connection failed: 403 Forbidden/),
  pythonClient('httpx', /ProxyError: 403 Forbidden/),
  {
    name: 'Go',
    tools: [['go', 'version']],
    prepare() {
      const built = join(bench.folder, 'get')
      // From the source alone: no module, nothing to fetch.
      const { status, stderr, error } = spawnSync('go', ['build', '-o', built, join(programs, 'get.go')], {
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr || String(error))
      return [built]
    },
    status: /^200\n$/,
    notTrusted: /not authorized to sign for this name/,
    refused: /Forbidden/,
  },
  {
    name: 'Java',
    tools: [
      ['java', '-version'],
      ['javac', '-version'],
    ],
    prepare() {
      const { status, stderr, error } = spawnSync('javac', ['-d', bench.folder, join(programs, 'Get.java')], {
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr || String(error))
      return ['java', '-cp', bench.folder, 'Get']
    },
    status: /^200\n200\n$/,
    notTrusted: /PKIX path validation failed|name constraints/i,
    refused: /Unable to tunnel through proxy.*403/,
  },
]

const { tenant, run } = bench
const discovery = `https://login.microsoftonline.com/${tenant.tenantId}/v2.0/.well-known/openid-configuration`

for (const { name, tools, prepare, status, notTrusted, refused } of runtimes) {
  const missing = tools.find(([tool = '', ...args]) => spawnSync(tool, args).status !== 0)
  const skip = missing !== undefined && `no ${name} on this machine`

  test(`${name} is answered by the tenant, trusts the development CA for its hosts alone, and is refused what is not emulated`, {
    skip,
  }, async () => {
    const command = prepare()
    const answered = await run([...command, discovery])
    assert.match(answered.stdout, status, answered.stderr)
    assert.equal(answered.code, 0)
    assert.match(answered.stderr, /tenantry run: \d requests? answered by contoso/)

    await using forged = await openServer(tenant, ['third.example'])
    await using proxy = await openCorporateProxy(forged.port)
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    const forgery = await run([...command, 'https://third.example/'], { env })
    assert.match(forgery.stderr, notTrusted)
    assert.notEqual(forgery.code, 0)
    assert.deepEqual(proxy.asked, ['third.example:443'])

    const foreign = await run([...command, 'https://graph.microsoft.de/'], { env })
    assert.match(foreign.stderr, refused)
    assert.notEqual(foreign.code, 0)
    assert.match(foreign.stderr, /! Refused, .*: graph\.microsoft\.de:443( \(\d times\))?\. Next: /)
    assert.equal(proxy.asked.length, 1)
  })
}

test('Python trusts an API on this machine whose certificate is of the same CA', {
  skip: spawnSync('python3', ['--version']).status !== 0 && 'no python3 on this machine',
}, async () => {
  await using own = await openServer(tenant, ['localhost'])
  const { code, stdout } = await run(['python3', join(programs, 'get.py'), 'urllib', `https://localhost:${own.port}/`])
  assert.deepEqual([code, /^200\n/.test(stdout)], [0, true])
})

const { appId, clientSecret } = tenant.apps.add({ displayName: 'an operator', secret: true })
const az = installed('graph-az')

test('the Azure CLI signs in as an application, and what Graph refuses it is what the tenant refuses', {
  skip: az === undefined && howToInstall,
}, async () => {
  const cli = [join(az ?? '', 'venv/bin/python'), '-m', 'azure.cli']
  const folder = join(bench.folder, 'az')
  const env = { AZURE_CONFIG_DIR: folder, AZURE_CORE_COLLECT_TELEMETRY: 'false', AZURE_CORE_OUTPUT: 'json' }
  const as = ['--username', appId, '--password', clientSecret ?? '', '--tenant', tenant.tenantId]
  const scope = ['--skip-subscription-discovery', '--scope', 'https://graph.microsoft.com/.default']
  const signedIn = await run([...cli, 'login', '--service-principal', ...as, ...scope], { env })
  assert.equal(signedIn.code, 0, signedIn.stderr)
  const asked = await run([...cli, 'rest', '--url', 'https://graph.microsoft.com/v1.0/users'], { env })
  assert.deepEqual([asked.code, /Authorization_RequestDenied/.test(asked.stderr)], [1, true], asked.stderr)
  assert.match(asked.stderr, /tenantry run: \d+ requests? answered by contoso/)
})

test("Terraform's own client of Azure gets its answer from the tenant: the secret is good, the resource is not here", {
  skip: spawnSync('terraform', ['version']).status !== 0 && 'no terraform on this machine',
}, async () => {
  const folder = join(bench.folder, 'terraform')
  mkdirSync(folder)
  const settings = {
    tenant_id: tenant.tenantId,
    client_id: appId,
    subscription_id: tenant.tenantId,
    use_azuread_auth: true,
    ...{ resource_group_name: 'none', storage_account_name: 'none', container_name: 'none', key: 'none' },
  }
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { backend: { azurerm: settings } } }))
  // A configuration of this machine's own may name mirrors that are not there; nothing is fetched here.
  const env = { ARM_CLIENT_SECRET: clientSecret ?? '', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' }
  const { code, stderr } = await run(['terraform', `-chdir=${folder}`, 'init', '-no-color', '-input=false'], { env })
  assert.equal(code, 1)
  assert.match(stderr, /AADSTS500011: .*https:\/\/storage\.azure\.com/)
  assert.match(stderr, /tenantry run: \d+ requests? answered by contoso/)
})

/** The proxy of a company: every tunnel ends at one port of this machine. */
async function openCorporateProxy(port: number) {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '' }, client, head) => {
    asked.push(url)
    const onward = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      onward.pipe(client).pipe(onward)
    })
    onward.on('error', () => client.destroy())
    client.on('error', () => onward.destroy())
    client.on('close', () => onward.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}
