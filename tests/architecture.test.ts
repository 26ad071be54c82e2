import assert from 'node:assert/strict'
import { posix } from 'node:path'
import test from 'node:test'
import { importsOf, read, workspaces } from './workspaces.js'

/** Which workspaces of ours each workspace may import: what the others agree on is the protocol, not shared code. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  '@tenantry/entra-token': [],
  '@tenantry/local-tenant': [],
  // Browser code, which speaks HTTP to the tenant that serves it.
  '@tenantry/portal': [],
  '@tenantry/app-registration': [],
  '@tenantry/todolist-daemon': [],
  '@tenantry/todolist-api': ['@tenantry/entra-token'],
  // Its page speaks HTTP to tenant and API.
  '@tenantry/todolist-web': [],
  tenantry: [
    '@tenantry/local-tenant',
    '@tenantry/app-registration',
    // These two are started as processes, never called.
    '@tenantry/todolist-api',
    '@tenantry/todolist-daemon',
    // The server of its files is called, its page only handed to it.
    '@tenantry/todolist-web',
    // Its files are handed to the tenant, which serves them.
    '@tenantry/portal',
    // Its own declaration, found by name because the bundle lies elsewhere than the source.
    'tenantry',
  ],
}

/** Which packages of others each workspace may reach. The reasons stand in ARCHITECTURE.md. */
const externals: Readonly<Record<string, readonly string[]>> = {
  // Types of the frameworks it adapts to are all it may know of them.
  '@tenantry/entra-token': ['express', 'fastify', 'h3', 'hono'],
  '@tenantry/local-tenant': [
    '@peculiar/asn1-schema',
    '@peculiar/asn1-x509',
    '@peculiar/x509',
    'libsql',
    'reflect-metadata',
  ],
  '@tenantry/portal': ['react', 'react-dom'],
  '@tenantry/todolist-daemon': [
    '@azure/msal-node',
    '@jmespath-community/jmespath',
    '@opentelemetry/api',
    'croner',
    'csv-parse',
    'https-proxy-agent',
    'node-forge',
    'pg',
    'redis',
    'yaml',
  ],
  '@tenantry/app-registration': ['@azure/msal-node', '@peculiar/x509', 'jsonc-parser', 'reflect-metadata'],
  '@tenantry/todolist-api': ['@tenantry/entra-token/fastify', 'fastify', 'libsql', 'pg', 'typebox'],
  '@tenantry/todolist-web': ['@azure/msal-browser', 'react', 'react-dom'],
  tenantry: ['acorn', 'jsonc-parser', 'properties-file', 'yaml'],
}

/** Inside the tenant: which parts each part may import. A file directly below src is a part of its own. */
const tenantArrows: Readonly<Record<string, readonly string[]>> = {
  'index.ts': [
    'control',
    'data-folder.ts',
    'directory',
    'folder-lock.ts',
    'listener',
    'server.ts',
    'sign-in',
    'signing',
    'tenant.ts',
    'tls',
    'token-endpoint',
    'tokens',
  ],
  'server.ts': [
    'control',
    'data-folder.ts',
    'discovery',
    'guests',
    'listener',
    'managed-identity',
    'portal',
    'routes.ts',
    'tenant.ts',
    'tls',
    'token-endpoint',
  ],
  'tenant.ts': [
    'control',
    'data-folder.ts',
    'directory',
    'discovery',
    'routes.ts',
    'sign-in',
    'signing',
    'token-endpoint',
    'tokens',
  ],
  'routes.ts': [
    'authorize-endpoint',
    'control',
    'device-endpoint',
    'directory',
    'discovery',
    'errors',
    'graph',
    'listener',
    'sign-in',
    'signing',
    'token-endpoint',
  ],
  // What a real tenant does not have looks at everything, and nothing of a real one looks at it.
  control: [
    'authorization',
    'authorize-endpoint',
    'sign-in',
    'directory',
    'errors',
    'guid.ts',
    'listener',
    'signing',
    'token-endpoint',
    'tokens',
  ],
  graph: ['directory', 'guid.ts', 'listener', 'signing', 'tokens'],
  'device-endpoint': ['authorization', 'directory', 'errors', 'listener', 'sign-in', 'tokens'],
  'token-endpoint': ['authorization', 'directory', 'errors', 'guid.ts', 'listener', 'signing', 'tokens'],
  discovery: ['directory', 'errors', 'listener', 'signing'],
  'sign-in': ['directory', 'errors', 'listener', 'tokens'],
  'authorize-endpoint': ['authorization', 'directory', 'errors', 'listener', 'sign-in', 'signing', 'tokens'],
  authorization: ['directory', 'errors', 'guid.ts', 'listener'],
  errors: ['listener'],
  tokens: ['directory', 'signing'],
  signing: ['directory'],
  directory: ['data-folder.ts', 'guid.ts'],
  listener: ['guid.ts'],
  guests: ['data-folder.ts'],
  'managed-identity': ['directory', 'errors', 'signing', 'token-endpoint', 'tokens'],
  portal: ['listener'],
  tls: ['data-folder.ts'],
  'folder-lock.ts': ['data-folder.ts'],
  'data-folder.ts': [],
  'guid.ts': [],
}

const drawers = /^(utils?|helpers?|common|shared|services?|lib|misc|core)$/

for (const { name, folder, sources } of workspaces()) {
  test(`${name} imports only the workspaces that its arrows allow`, () => {
    const allowed = arrows[name]
    assert.ok(allowed, `${name} has no row in the table of arrows`)
    for (const source of sources) {
      const ours = importsOf(source)
        .map(packageOf)
        .filter((module) => module in arrows)
      for (const module of ours) assert.ok(allowed.includes(module), `${source} imports ${module}`)
    }
  })

  test(`${name} reaches only the packages in its list, and all of them`, () => {
    const reached = new Set(sources.flatMap(importsOf).filter(isExternal).map(packageOf))
    const allowed = (externals[name] ?? []).map(packageOf).filter((module) => !(module in arrows))
    assert.deepEqual([...reached].sort(), [...allowed].sort())
  })

  test(`${name} has no folder that is a drawer`, () => {
    for (const source of sources) {
      const folders = posix.relative(folder, posix.dirname(source)).split('/')
      for (const part of folders) assert.doesNotMatch(part, drawers, source)
    }
  })
}

test('entra-token takes nothing but types from the frameworks it adapts to', () => {
  const { sources } = workspaces().find(({ name }) => name === '@tenantry/entra-token') ?? { sources: [] }
  assert.ok(sources.length > 0)
  for (const source of sources) {
    const runtime = importsOf(source).filter((module) => isExternal(module))
    if (runtime.length > 0) assert.match(source, /\/adapters\//)
  }
})

test('the page of the web app knows nothing of the server of its files, and that nothing of the page', () => {
  const { folder, sources } = workspaces().find(({ name }) => name === '@tenantry/todolist-web') ?? { sources: [] }
  const parts = { page: ['page', 'settings'], server: ['server', 'settings'], settings: ['settings'] }
  for (const [part, allowed] of Object.entries(parts)) {
    const own = sources.filter((source) => partOf(`${folder}/src`, source) === part)
    assert.ok(own.length > 0)
    for (const source of own) {
      for (const module of importsOf(source).filter((name) => name.startsWith('.'))) {
        const to = partOf(`${folder}/src`, posix.join(posix.dirname(source), module))
        assert.ok(allowed.includes(to), `${source} imports ${module}`)
      }
    }
  }
})

test("the tenant's parts import each other in one direction only", () => {
  const tenant = workspaces().find(({ name }) => name === '@tenantry/local-tenant')
  assert.ok(tenant)
  const base = `${tenant.folder}/src`
  for (const source of tenant.sources) {
    const from = partOf(base, source)
    const allowed = tenantArrows[from]
    assert.ok(allowed, `${from} has no row in the table`)
    for (const module of importsOf(source).filter((name) => name.startsWith('.'))) {
      const to = partOf(base, posix.join(posix.dirname(source), module.replace(/\.js$/, '.ts')))
      assert.ok(to === from || allowed.includes(to), `${source} imports ${module}: no arrow ${from} → ${to}`)
    }
  }
})

test('only main.ts knows that there is a process', () => {
  const processOnly = /\bprocess\.(exit|exitCode|argv|env|stdin|stdout|stderr|on|once|cwd)\b/
  for (const { sources } of workspaces()) {
    for (const source of sources.filter((path) => !path.endsWith('/main.ts'))) {
      assert.doesNotMatch(read(source), processOnly, source)
      assert.ok(!importsOf(source).includes('node:process'), source)
    }
  }
})

function isExternal(module: string): boolean {
  return !module.startsWith('.') && !module.startsWith('node:') && !(packageOf(module) in arrows)
}

/** `@scope/name/sub` → `@scope/name`. */
function packageOf(module: string): string {
  const parts = module.split('/')
  return parts.slice(0, module.startsWith('@') ? 2 : 1).join('/')
}

/** The folder below src that a file stands in, or the file itself. */
function partOf(base: string, path: string): string {
  return posix.relative(base, path).split('/')[0] ?? ''
}
