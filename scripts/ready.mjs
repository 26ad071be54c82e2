// Makes a clone ready to run: dependencies as the lock file says, build as the sources say. Writes to standard error
// only. Uses nothing but Node, because it runs before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Installs and builds what is missing or out of date; one line says what was done and how long it took. */
export async function makeReady() {
  const started = performance.now()
  const done = [`Node ${process.versions.node}`]
  if (isInstalled()) {
    done.push('dependencies up to date')
  } else {
    say('… Installing dependencies (once, about 20 s)')
    await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'dependencies could not be installed')
    done.push('dependencies installed')
  }
  if (!existsSync(join(root, 'packages/tenantry/dist'))) say('… Building (once, a few seconds)')
  await build()
  done.push('build up to date')
  say(`✓ Ready: ${done.join(', ')} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
}

/** Compiles what has changed since the last time. */
function build() {
  // The compiler tells by itself what is up to date, in a tenth of a second.
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--build'], 'the sources do not compile')
}

/**
 * Whether node_modules holds what package-lock.json names: npm leaves a record of what it installed, so no stamp of our
 * own is needed. Packages for other platforms are missing rightly.
 */
function isInstalled() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  if (wanted === undefined || installed === undefined) return false
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return optional === true
    return link === true ? found.link === true && existsSync(join(root, path)) : found.version === version
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Runs npm: the one that runs us, where there is one. */
function npm(args, failure) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args], failure)
  // On Windows npm is a batch file, which only a shell can start. The arguments are all our own.
  return run('npm', args, failure, { shell: process.platform === 'win32' })
}

function run(command, args, failure, options = {}) {
  return new Promise((resolve, reject) => {
    // Standard output belongs to the to-do list, so what these programs print goes to standard error.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
    child.on('error', (error) => reject(new Error(`${failure} (${error.message}).`)))
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${failure}: see above (${signal ?? `exit code ${code}`}).`))
    })
  })
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
