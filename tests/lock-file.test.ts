import assert from 'node:assert/strict'
import test from 'node:test'
import { read } from './workspaces.js'

interface Entry {
  readonly version?: string
  readonly engines?: { readonly node?: string } | readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }

test('the lock file names the packages of every platform, not only of the one it was made on', () => {
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      assert.ok(isInstalledFor(path, name), `${path} needs ${name}: npm ci will refuse the lock file`)
    }
  }
})

test('no package in the lock file asks for a Node newer than 20.19', () => {
  for (const [path, { engines }] of Object.entries(packages)) {
    const range = Array.isArray(engines) ? '' : ((engines as { node?: string } | undefined)?.node ?? '')
    assert.ok(range === '' || range.split('||').some(admitsNode20), `${path} asks for Node ${range}`)
  }
})

/** Node's look-up: beside the package that needs it, then one node_modules further out, and so on. */
function isInstalledFor(path: string, name: string): boolean {
  const candidate = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`
  if (candidate in packages) return true
  if (path === '') return false
  const outer = path.lastIndexOf('/node_modules/')
  return isInstalledFor(outer < 0 ? '' : path.slice(0, outer), name)
}

/** Whether one alternative of a range, such as `^20.19.0` or `>=18 <23`, holds for 20.19.0. */
function admitsNode20(alternative: string): boolean {
  return alternative
    .replaceAll(/([<>=^~]+)\s+/g, '$1')
    .trim()
    .split(/\s+/)
    .every((comparator) => {
      const [, operator = '', major = '*', minor = '0'] = /^([<>=^~]*)v?(\d+|\*)(?:\.(\d+|x))?/.exec(comparator) ?? []
      if (major === '*') return true
      const [wantedMajor, wantedMinor] = [Number(major), minor === 'x' ? 0 : Number(minor)]
      if (operator.startsWith('<')) return 20 < wantedMajor
      if (operator === '>') return 20 > wantedMajor || (20 === wantedMajor && 19 > wantedMinor)
      if (operator === '>=') return 20 > wantedMajor || (20 === wantedMajor && 19 >= wantedMinor)
      return 20 === wantedMajor && 19 >= wantedMinor
    })
}
