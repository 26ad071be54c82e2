// Compiles everything, once dependencies are there.
import { makeReady } from './ready.mjs'

await makeReady()
