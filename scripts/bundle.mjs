// Puts a program and what it imports into one file. Node 20 takes half a millisecond to find and read each module, and the
// `tenantry` command has over a hundred; one file can also be kept compiled (scripts/cached-program.cjs).
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const runner = join(root, 'scripts/cached-program.cjs')
const libsqlTarget = join(root, 'scripts/libsql-target.cjs')

/**
 * Every program: where it stands, whose compiled sources go into it, and packages that stay outside because few runs load
 * them: what is inside costs every start a little.
 */
const programs = [
  {
    folder: 'packages/tenantry',
    sources: ['packages/tenantry', 'packages/local-tenant', 'packages/app-registration'],
    // Loaded only when a certificate has to be made, a declaration read or a person signed in.
    external: ['@peculiar/*', 'reflect-metadata', 'jsonc-parser', '@azure/msal-node'],
    // Ends by itself: a tenant that was started says so and is interrupted.
    firstRun: { args: ['start', '--memory', '--port', '0'], until: 'Local tenant' },
  },
  {
    folder: 'apps/daemon',
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

const bundleFolder = ({ folder }) => join(root, folder, 'dist/bundle')
const mainOf = (program) => join(bundleFolder(program), 'main.cjs')

async function bundle(program, build) {
  const { folder, external } = program
  const entry = join(root, folder, 'dist/src/main.js')
  const { outputFiles } = await build({
    entryPoints: [entry],
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
    plugins: [awaitingEntry(entry), packagesOf(folder)],
  })
  await write(program, `(function (require, meta) {${outputFiles[0].text}\n})`)
}

/** The name of the program changes with its text, and `main.cjs` names it last, so that no start finds half of it. */
async function write(program, text) {
  const folder = bundleFolder(program)
  const name = `program-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
  const unfinished = `${mainOf(program)}.${process.pid}.tmp`
  writeFileSync(unfinished, `${readFileSync(runner, 'utf8')}\nmodule.exports(__dirname, '${name}', require)\n`)
  renameSync(unfinished, mainOf(program))
  for (const file of readdirSync(folder)) {
    if (file !== 'main.cjs' && !file.startsWith(name)) rmSync(join(folder, file), { recursive: true, force: true })
  }
  await firstRun(program, name)
}

/** Leaves the compiled form behind. That it does not succeed is nothing but a slower start. */
async function firstRun(program, name) {
  if (program.firstRun === null)
    return void spawnSync(process.execPath, [mainOf(program), '--version'], { stdio: 'ignore' })
  const { args, until } = program.firstRun
  const main = JSON.stringify(mainOf(program))
  const code = `const load = require('node:module').createRequire(${main})
    require(${JSON.stringify(runner)}).runAndKeep(${JSON.stringify(bundleFolder(program))}, '${name}', load)`
  const child = spawn(process.execPath, ['-e', code, 'program', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
  })
  child.stderr.on('data', (said) => {
    if (said.includes(until)) child.kill('SIGINT')
  })
  await new Promise((resolve) => child.on('close', resolve).on('error', resolve))
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

/** A dependency that a source loads by the name behind createRequire(import.meta.url) goes into the file too. */
function packagesOf(folder) {
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
