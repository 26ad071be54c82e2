#!/usr/bin/env node
// CommonJS, because Node 20 starts that 5 ms faster than an ES module.
'use strict'

const { existsSync } = require('node:fs')
const { join } = require('node:path')

// One thread for each processor to sign with, set before the pool is first used. More of them get in each other's way.
if (['start', 'up', 'host-of-runs'].includes(process.argv[2]))
  process.env.UV_THREADPOOL_SIZE ??= String(require('node:os').availableParallelism())

// The same program twice: one file that starts fast, or as compiled, whose stacks name the files. `start` and `run` have small
// ones of their own; that of `run` starts no API.
const own = process.argv.includes('--todolist-api') ? ['start'] : ['start', 'run']
const bundle = join(
  __dirname,
  own.includes(process.argv[2]) ? `dist/bundle-${process.argv[2]}` : 'dist/bundle',
  'main.cjs',
)
if (existsSync(bundle) && !process.argv.includes('--verbose')) {
  require(bundle)
} else if (existsSync(join(__dirname, 'dist/src/main.js'))) {
  void import('./dist/src/main.js')
} else {
  process.stderr.write(
    '✗ Tenantry is not built yet. Next: run `npm start` or `npm run build` in the repository root.\n',
  )
  process.exitCode = 1
}
