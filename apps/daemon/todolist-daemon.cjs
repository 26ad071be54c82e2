#!/usr/bin/env node
// CommonJS, because Node 20 starts that 5 ms faster than an ES module.
'use strict'

const { existsSync } = require('node:fs')
const { join } = require('node:path')

// The same program twice: one file that starts fast, or as compiled.
const bundle = join(__dirname, 'dist/bundle/main.cjs')
if (existsSync(bundle)) {
  require(bundle)
} else if (existsSync(join(__dirname, 'dist/src/main.js'))) {
  void import('./dist/src/main.js')
} else {
  process.stderr.write(
    'todolist-daemon: the project is not built yet: dist/src/main.js is missing. Next: run `npm start` (or `npm run build`) in the repository root.\n',
  )
  process.exitCode = 1
}
