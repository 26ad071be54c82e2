// Makes a clone ready to run: dependencies as the lock file says, build as the sources say. Writes to standard error
// only. Uses nothing but Node, because it runs before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './root.mjs'

const lock = join(root, '.ready.lock')

/** Installs and builds what is missing or out of date; one line says what was done and how long it took. */
export async function makeReady() {
  const started = performance.now()
  await holdLock()
  try {
    const dependencies = isInstalled() ? 'dependencies up to date' : await install()
    await build()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    say(`✓ Ready: Node ${process.versions.node}, ${dependencies}, build up to date (${seconds} s)`)
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** The folders of the workspaces, relative to the root; what a branch switch left behind has no package.json. */
export function workspaceFolders() {
  const below = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name)),
  )
  return [...below, 'tests'].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

/** Files below a folder, relative to it, without what is built or installed. */
export function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|[\\/])(node_modules|dist)[\\/]/.test(path))
}

/** Two at once would install over each other. A lock whose holders have died is taken away. */
async function holdLock() {
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(lock)
      return noteHolder(process.pid)
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holders = readHolders()
    // A lock without a name in it is being made this very moment, or was left so by a sudden end.
    const dead = holders.length > 0 ? !holders.some(isAlive) : waited > 25
    if (dead) rmSync(lock, { recursive: true, force: true })
    else if (waited === 0) say(`… Waiting for another start of this clone (process ${holders.join(', ')})`)
    await sleep(200)
  }
}

function noteHolder(pid) {
  writeFileSync(join(lock, String(pid)), '')
}

function readHolders() {
  try {
    return readdirSync(lock).map(Number)
  } catch {
    return []
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

async function install() {
  say('… Installing dependencies (once, about 20 s)')
  const next = 'check that the package registry can be reached, and run the same command again'
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'The dependencies could not be installed', next)
  return 'dependencies installed'
}

async function build() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const missing = hasMissingOutput()
  if (missing) say('… Building (once, a few seconds)')
  // The compiler tells by itself what is up to date, in a tenth of a second, but not that somebody deleted its output.
  const args = [compiler, '--build', ...(missing ? ['--force'] : [])]
  await run(process.execPath, args, 'The sources do not compile', 'mend what is named above and run it again')
  // Loaded only here: it needs what was just installed.
  const [{ bundleAll }, { buildSites }] = await Promise.all([import('./bundle.mjs'), import('./sites.mjs')])
  await Promise.all([bundleAll(), buildSites()])
}

function hasMissingOutput() {
  return workspaceFolders().some((folder) =>
    [...filesBelow(join(root, folder), '.ts'), ...filesBelow(join(root, folder), '.tsx')].some(
      (source) =>
        !source.endsWith('.d.ts') && !existsSync(join(root, folder, 'dist', source.replace(/\.tsx?$/, '.js'))),
    ),
  )
}

/**
 * Whether node_modules holds what package-lock.json names: npm leaves a record of what it installed, so no stamp of our
 * own is needed. Packages for other platforms are missing rightly, and so is what only those need.
 */
function isInstalled() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  if (wanted === undefined || installed === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!/(^|\/)node_modules\//.test(path)) return true
    if (installed[path] === undefined) return entry.optional === true && !isForThisMachine(entry)
    const isThere = existsSync(join(root, path, 'package.json'))
    return isThere && (entry.link === true || installed[path].version === entry.version)
  })
}

function isForThisMachine({ os, cpu, libc }) {
  const names = (list, value) => list === undefined || list.includes(value)
  if (os === undefined || !names(os, process.platform) || !names(cpu, process.arch)) return false
  return libc === undefined || libc.includes(libcName())
}

function libcName() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Runs npm: the one that runs us, where there is one. */
function npm(args, failure, next) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args], failure, next)
  // On Windows npm is a batch file, which only a shell can start. The arguments are all our own.
  return run('npm', args, failure, next, { shell: process.platform === 'win32' })
}

function run(command, args, failure, next, options = {}) {
  return new Promise((resolve, reject) => {
    // Standard output belongs to the to-do list, so what these programs print goes to standard error.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
    // It may outlive us, and then its work is not to be disturbed either.
    if (child.pid !== undefined) noteHolder(child.pid)
    child.on('error', (error) => reject(new Error(`${failure} (${error.message}). Next: ${next}.`)))
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${failure} (${signal ?? `exit code ${code}`}). Next: ${next}.`))
    })
  })
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
