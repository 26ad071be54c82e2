#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The same program twice: in a few files that load fast, or as compiled.
const main = ['./dist/bundle/main.js', './dist/src/main.js']
  .map((path) => new URL(path, import.meta.url))
  .find(existsSync)

if (main !== undefined) {
  await import(main.href)
} else {
  process.stderr.write(
    '✗ Tenantry is not built yet. Next: run `npm start` or `npm run build` in the repository root.\n',
  )
  process.exitCode = 1
}
