// Runs the tests: npm test -- [--coverage] [part of a path …]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { filesBelow, makeReady, workspaceFolders } from './ready.mjs'
import { root } from './root.mjs'
import { runTestFiles } from './run-test-files.mjs'

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
if (values.coverage) await underCoverage()
else {
  // Many tests wait for a process or a clock, so three files at a time suit even two cores.
  const concurrency = Math.max(3, availableParallelism() - 1)
  const passed = await runTestFiles(
    files.map((file) => join(root, file)),
    { concurrency, limit: 180_000 },
  )
  process.exitCode = passed ? 0 : 1
}

async function underCoverage() {
  const args = [
    join(root, 'node_modules/c8/bin/c8.js'),
    process.execPath,
    fileURLToPath(import.meta.url),
    ...positionals,
  ]
  const [code] = await once(spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }), 'close')
  process.exitCode = code ?? 1
}
