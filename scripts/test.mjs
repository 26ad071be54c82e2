// Runs the tests: node scripts/test.mjs [--coverage] [part of a path …]
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeReady } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const coverage = process.argv.includes('--coverage')
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

// The list is made from the sources: what is left in dist of a test that was deleted does not run.
const workspaces = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => ({ folder: join(folder, name), compiled: join(folder, name, 'dist') })),
)
const files = [...workspaces, { folder: 'tests', compiled: join('tests', 'dist'), base: 'tests' }]
  .flatMap(({ folder, compiled, base = folder }) =>
    testsBelow(base === folder && folder !== 'tests' ? join(folder, 'tests') : folder).map((source) =>
      join(compiled, relative(base, source).replace(/\.ts$/, '.js')),
    ),
  )
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.split(sep).join('/').includes(part)))

function testsBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
}

await makeReady()
const runner = ['--test', '--test-reporter=spec', ...files]
const c8 = [join(root, 'node_modules/c8/bin/c8.js'), process.execPath]
const child = spawn(process.execPath, coverage ? [...c8, ...runner] : runner, { cwd: root, stdio: 'inherit' })
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
