// node scripts/run.cjs <name> [argument …]: what the npm scripts call. CommonJS and plain syntax, so that a Node that is too
// old for everything else can still say so.
'use strict'

const [major, minor] = process.versions.node.split('.').map(Number)
const name = process.argv.splice(2, 1)[0]

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `✗ Node ${process.versions.node} is too old. Next: install Node 20.19 or later and run it again.\n`,
  )
  process.exitCode = 1
} else {
  import(`./${name}.mjs`).catch((error) => {
    process.stderr.write(`✗ ${error.message}\n`)
    process.exitCode = 1
  })
}
