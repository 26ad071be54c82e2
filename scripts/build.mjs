// Compiles everything, once dependencies are there: node scripts/build.mjs
import { makeReady } from './ready.mjs'

await makeReady().catch((error) => {
  process.stderr.write(`✗ ${error.message}\n`)
  process.exitCode = 1
})
