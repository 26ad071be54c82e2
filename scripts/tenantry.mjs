// The `tenantry` command for a clone: makes the clone ready, then hands the arguments on.
import { fileURLToPath } from 'node:url'
import { makeReady } from './ready.mjs'

await makeReady()
// `run` and `adopt` start the command again by this name; run.cjs would take what they say for a script's.
process.argv[1] = fileURLToPath(new URL('../packages/tenantry/tenantry.cjs', import.meta.url))
await import('../packages/tenantry/tenantry.cjs')
