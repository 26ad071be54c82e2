// Runs the tests: npm test -- [--coverage] [part of a path …]
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow, makeReady, workspaceFolders } from './ready.mjs'
import { root } from './root.mjs'

const { values, positionals } = parseArgs({ options: { coverage: { type: 'boolean' } }, allowPositionals: true })

/** The compiled tests, found by their sources: what is left in dist of a test that was deleted does not run. */
function compiledTests() {
  return workspaceFolders().flatMap((workspace) => {
    const below = workspace === 'tests' ? '.' : 'tests'
    if (!existsSync(join(root, workspace, below))) return []
    return filesBelow(join(root, workspace, below), '.test.ts').map((source) =>
      join(workspace, 'dist', below, source.replace(/\.ts$/, '.js')),
    )
  })
}

await makeReady()
const files = compiledTests().filter(
  (file) => positionals.length === 0 || positionals.some((part) => file.includes(part)),
)
if (files.length === 0) throw new Error(`No test has ${positionals.join(' or ')} in its path.`)
// Many tests wait for a process or a clock, so three files at a time suit even two cores.
const options = [
  '--test-reporter=spec',
  '--test-timeout=180000',
  `--test-concurrency=${Math.max(3, availableParallelism() - 1)}`,
]
const runner = [process.execPath, '--test', ...options, ...files]
const coverage = [process.execPath, join(root, 'node_modules/c8/bin/c8.js')]
const [command, ...args] = values.coverage ? [...coverage, ...runner] : runner
const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
