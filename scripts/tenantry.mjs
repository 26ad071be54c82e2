// The `tenantry` command for a clone: makes the clone ready, then hands the arguments on.
import { makeReady } from './ready.mjs'

await makeReady()
await import('../packages/tenantry/tenantry.cjs')
