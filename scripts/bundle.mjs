// Puts a program and what it imports into one file. Node 20 takes half a millisecond to find and read each module, and the
// `tenantry` command has over a hundred; one file can also be kept compiled (scripts/cached-program.cjs).
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './root.mjs'

const runner = join(root, 'scripts/cached-program.cjs')
const libsqlTarget = join(root, 'scripts/libsql-target.cjs')

const tenantrySources = ['packages/tenantry', 'packages/local-tenant', 'packages/app-registration']

/**
 * Every program: where it stands and where its bundle goes, which of the modules that its entry loads later go into it (null
 * for all; what explains failures goes into each), whose compiled sources it is made from, packages that stay outside because few runs load them, and packages in a
 * file of their own, because many runs load them but not all: what is inside costs every start a little. Each of these comes
 * with what is done with it once, so that what most runs call is kept compiled.
 */
const programs = [
  {
    folder: 'packages/tenantry',
    bundle: 'dist/bundle',
    only: null,
    sources: [...tenantrySources, 'apps/todolist-web'],
    // Loaded only when a certificate has to be made, a declaration or a configuration read, or a person signed in.
    external: [
      '@peculiar/*',
      'reflect-metadata',
      'jsonc-parser',
      '@azure/msal-node',
      'acorn',
      'properties-file',
      'yaml',
    ],
    apart: {},
    // Ends by itself: a tenant that was started says so and is interrupted.
    firstRun: { args: ['start', '--memory', '--port', '0'], until: 'Local tenant' },
  },
  {
    // `tenantry start` alone, whose start is a promise: V8 pays for each function that it is given, also when nobody calls it.
    folder: 'packages/tenantry',
    bundle: 'dist/bundle-start',
    only: ['./start.js', './known-failures.js'],
    sources: tenantrySources,
    external: ['@peculiar/*', 'reflect-metadata'],
    apart: {},
    firstRun: { args: ['start', '--memory', '--port', '0'], until: 'Local tenant' },
  },
  {
    // `tenantry run` alone, which every start of somebody's program waits for: without the tenant, a tenth of the size.
    folder: 'packages/tenantry',
    bundle: 'dist/bundle-run',
    only: ['./run/run.js', './run/isolated.js', './known-failures.js'],
    sources: tenantrySources,
    external: [],
    apart: {},
    // Over a new folder, for which the other bundle starts a tenant.
    firstRun: { args: ['run', '--', process.execPath, '--version'], until: null },
  },
  {
    folder: 'apps/daemon',
    bundle: 'dist/bundle',
    only: null,
    sources: ['apps/daemon'],
    // Loaded only for the output, the file, the proxy, the certificate, the cache or the jobs that ask for them.
    external: [
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
    // Not for --help, --version and a token that is kept.
    apart: { '@azure/msal-node': askForToken },
    // Nothing that it could call exists while it is built, so everything is compiled.
    firstRun: null,
  },
]

/** Bundles the programs that are older than what they are made from. */
export async function bundleAll() {
  const outdated = programs.filter((program) => modified(mainOf(program)) <= newestInput(program))
  if (outdated.length === 0) return
  const { build } = await import('esbuild')
  for (const program of outdated) await bundle(program, build)
}

const bundleFolder = (program) => join(root, program.folder, program.bundle)
const mainOf = (program) => join(bundleFolder(program), 'main.cjs')

async function bundle(program, build) {
  const { folder, only } = program
  const entry = join(root, folder, 'dist/src/main.js')
  const apart = new Map()
  for (const name of Object.keys(program.apart)) {
    const stdin = { contents: `module.exports = require('${name}')`, resolveDir: join(root, folder) }
    const text = await oneFile(program, build, { stdin })
    apart.set(name, named('package', `(function (require, meta) {const module = {}\n${text}\nreturn module.exports})`))
  }
  const plugins = [awaitingEntry(entry), loadedLater(entry, only), packagesOf(folder, apart)]
  const text = await oneFile(program, build, { entryPoints: [entry], plugins })
  await write(program, named('program', `(function (require, meta, load) {${text}\n})`), apart)
}

async function oneFile({ external }, build, what) {
  const { outputFiles } = await build({
    ...what,
    bundle: true,
    minifyWhitespace: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    external,
    define: { 'import.meta': 'meta' },
    // What is loaded later stands in the same file, or is CommonJS.
    supported: { 'dynamic-import': false },
    alias: { '@neon-rs/load': libsqlTarget, 'detect-libc': libsqlTarget },
  })
  return outputFiles[0].text
}

/** The name of a file changes with its text. */
function named(kind, text) {
  return { name: `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`, text }
}

/**
 * `main.cjs` names the program, and the program its packages, so each is written after what it names, and no start finds
 * half of them. The program of before stays until the next build, because a start may just have been sent to it, and
 * packages of before stay for good, a few with every year: a daemon that runs since then may load one yet.
 */
async function write(program, main, packages) {
  const folder = bundleFolder(program)
  mkdirSync(folder, { recursive: true })
  const former = namedBy(mainOf(program))
  for (const { name, text } of [...packages.values(), main]) whole(join(folder, name), text)
  whole(mainOf(program), `${readFileSync(runner, 'utf8')}\nmodule.exports(__dirname, '${main.name}', require)\n`)
  for (const file of readdirSync(folder)) {
    const isOfAProgram = [main.name, former].some((name) => name !== undefined && file.startsWith(name))
    const stays = file === 'main.cjs' || isOfAProgram || /^package-[0-9a-f]+\.js/.test(file)
    if (!stays) rmSync(join(folder, file), { recursive: true, force: true })
  }
  for (const [name, file] of packages) firstUse(program, file.name, program.apart[name])
  await firstRun(program, main.name)
}

function namedBy(main) {
  if (modified(main) === 0) return undefined
  return /program-[0-9a-f]+\.js/.exec(readFileSync(main, 'utf8'))?.[0]
}

/** A start may read meanwhile. */
function whole(file, text) {
  const unfinished = `${file}.${process.pid}.tmp`
  writeFileSync(unfinished, text)
  renameSync(unfinished, file)
}

/** Leaves the compiled form of a package behind, as `firstRun` does that of the program. */
function firstUse(program, name, use) {
  const load = `require('node:module').createRequire(${JSON.stringify(mainOf(program))})`
  const found = `require(${JSON.stringify(runner)}).runAndKeep(${JSON.stringify(bundleFolder(program))}, '${name}', ${load})`
  spawnSync(process.execPath, ['-e', `(${use})(${found})`], { stdio: 'ignore', timeout: 20_000 })
}

/** One token from nowhere. Runs in a process of its own and sees only what it is handed. */
function askForToken(msal) {
  const host = 'https://tenant.invalid'
  const metadata = { issuer: host, authorization_endpoint: host, token_endpoint: host, jwks_uri: host }
  const body = { token_type: 'Bearer', expires_in: 3599, access_token: 'none' }
  const networkClient = { sendPostRequestAsync: async () => ({ status: 200, headers: {}, body }) }
  const client = new msal.ConfidentialClientApplication({
    auth: {
      clientId: 'none',
      clientSecret: 'none',
      authority: `${host}/tenant`,
      knownAuthorities: ['tenant.invalid'],
      authorityMetadata: JSON.stringify(metadata),
    },
    system: { networkClient, loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false } },
  })
  return client.acquireTokenByClientCredential({ scopes: [`${host}/.default`], correlationId: 'none' })
}

/** Leaves the compiled form behind. That it does not succeed is nothing but a slower start. */
async function firstRun(program, name) {
  if (program.firstRun === null)
    return void spawnSync(process.execPath, [mainOf(program), '--version'], { stdio: 'ignore' })
  const { args, until } = program.firstRun
  const main = JSON.stringify(mainOf(program))
  const code = `const load = require('node:module').createRequire(${main})
    require(${JSON.stringify(runner)}).runAndKeep(${JSON.stringify(bundleFolder(program))}, '${name}', load)`
  const cwd = mkdtempSync(join(tmpdir(), 'tenantry-first-run-'))
  const child = spawn(process.execPath, ['-e', code, join(root, 'packages/tenantry/tenantry.cjs'), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
  })
  child.stderr.on('data', (said) => {
    if (until !== null && said.includes(until)) child.kill('SIGINT')
  })
  await new Promise((resolve) => child.on('close', resolve).on('error', resolve))
  rmSync(cwd, { recursive: true, force: true })
}

/** CommonJS knows no await outside of functions: what stands below the imports of the entry becomes one. */
function awaitingEntry(entry) {
  const wrap = (text) => text.replace(/^((?:import [^;]*;\n)*)([\s\S]*)$/, '$1;(async () => {\n$2\n})()')
  return {
    name: 'awaiting-entry',
    setup(build) {
      build.onLoad({ filter: /[\\/]main\.js$/ }, ({ path }) =>
        path === entry ? { contents: wrap(readFileSync(path, 'utf8')) } : undefined,
      )
    },
  }
}

/** Leaves out what the entry loads later, but for what is wanted of it: its other commands are another bundle's. */
function loadedLater(entry, only) {
  return {
    name: 'loaded-later',
    setup(build) {
      if (only === null) return
      build.onResolve({ filter: /^\./ }, ({ path, importer, kind }) =>
        kind === 'dynamic-import' && importer === entry && !only.includes(path)
          ? { path, namespace: 'left-out' }
          : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }))
    },
  }
}

/** A dependency that a source loads by the name behind createRequire(import.meta.url) goes into the file too, or apart. */
function packagesOf(folder, apart) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const loaders = (source) => {
    const names = Object.keys(dependencies).filter((name) => source.includes(`'${name}'`))
    return names.map((name) => `'${name}': () => require('${name}')`).join(', ')
  }
  return {
    name: 'packages-by-require',
    setup(build) {
      build.onResolve({ filter: /^node:module$/ }, ({ importer }) =>
        importer.startsWith(join(root, folder, 'dist')) ? { path: importer, namespace: 'required' } : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
        contents: `const loaders = { ${loaders(readFileSync(path, 'utf8'))} }
          exports.createRequire = () => (name) => loaders[name]()`,
        resolveDir: join(root, folder),
      }))
      build.onResolve({ filter: /.*/ }, ({ path, namespace }) =>
        namespace === 'required' && apart.has(path) ? { path, namespace: 'apart' } : undefined,
      )
      // A module like any other, so the package is loaded once.
      build.onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({
        contents: `module.exports = load('${apart.get(path).name}')`,
      }))
    },
  }
}

function newestInput({ sources }) {
  const compiled = sources.flatMap((folder) => {
    const below = join(root, folder, 'dist/src')
    return readdirSync(below, { recursive: true })
      .filter((file) => file.endsWith('.js'))
      .map((file) => join(below, file))
  })
  const inputs = [
    ...compiled,
    runner,
    libsqlTarget,
    fileURLToPath(import.meta.url),
    join(root, 'node_modules/.package-lock.json'),
  ]
  return Math.max(...inputs.map(modified))
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
