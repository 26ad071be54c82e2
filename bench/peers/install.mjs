import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { timeToEnd } from '../measure.mjs'

const peers = dirname(fileURLToPath(import.meta.url))

/** Installs the peers of a folder beside their own lock file, unless they are there in the versions it names. */
export async function installPeers(folder = peers) {
  const wanted = readPackages(folder, 'package-lock.json')
  const installed = readPackages(folder, 'node_modules/.package-lock.json')
  const names = Object.keys(wanted).filter((name) => name !== '')
  if (names.every((name) => installed[name]?.version === wanted[name].version)) return
  console.log(`  installing the peers once, into ${join(folder, 'node_modules')} (git-ignored)`)
  const npm = ['ci', '--no-audit', '--no-fund', '--ignore-scripts']
  // With the user's whole environment: npm may need the certificates of a proxy, and its time is not a result.
  const options = { cwd: folder, env: process.env, shell: process.platform === 'win32' }
  const time = await timeToEnd('npm', npm, options)
  console.log(`  installed in ${(time / 1000).toFixed(1)} s`)
}

function readPackages(folder, name) {
  const file = join(folder, name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}
