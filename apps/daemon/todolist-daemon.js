#!/usr/bin/env node
/// <reference types="node" />
import { existsSync } from 'node:fs'

const program = new URL('./dist/src/main.js', import.meta.url)

if (existsSync(program)) {
  await import(program.href)
} else {
  process.stderr.write(
    'todolist-daemon: the project is not built yet: dist/src/main.js is missing. Next: run `npm start` (or `npm run build`) in the repository root.\n',
  )
  process.exitCode = 1
}
