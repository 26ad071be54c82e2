// The `tenantry` command for a clone: makes the clone ready, then hands the arguments on.
// CommonJS and plain syntax, so that a Node that is too old for everything else can still say so.
'use strict'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node ${process.versions.node} is too old: install Node 20.19 or later and run it again.\n`)
  process.exitCode = 1
} else {
  import('./ready.mjs')
    .then(({ makeReady }) => makeReady())
    .then(() => import('../packages/tenantry/dist/src/main.js'))
    .catch((error) => {
      process.stderr.write(`✗ ${error.message}\n`)
      process.exitCode = 1
    })
}
