// Runs the tests: node scripts/test.mjs [--coverage] [part of a path …]
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeReady } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const coverage = process.argv.includes('--coverage')
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

/** The compiled tests, found by their sources: what is left in dist of a test that was deleted does not run. */
function compiledTests() {
  const packages = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => ({ workspace: join(parent, name), below: 'tests' })),
  )
  return [...packages, { workspace: 'tests', below: '.' }].flatMap(({ workspace, below }) =>
    readdirSync(join(root, workspace, below), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.test.ts'))
      .map((entry) => relative(join(root, workspace), join(entry.parentPath, entry.name)))
      .map((source) => join(workspace, 'dist', source.replace(/\.ts$/, '.js'))),
  )
}

await makeReady()
const files = compiledTests().filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
if (files.length === 0) {
  process.stderr.write(`✗ No test has ${wanted.join(' or ')} in its path.\n`)
  process.exitCode = 1
} else {
  const runner = [process.execPath, '--test', '--test-reporter=spec', ...files]
  const [command, ...args] = coverage ? [process.execPath, join(root, 'node_modules/c8/bin/c8.js'), ...runner] : runner
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  child.on('close', (code) => {
    process.exitCode = code ?? 1
  })
}
