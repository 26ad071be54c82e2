#!/usr/bin/env node
// The only file that knows that there is a process.
import { readFileSync } from 'node:fs'
import { serve } from './serve.js'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

process.exitCode = await serve(process.argv.slice(2), {
  environment: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  say: (line) => process.stderr.write(`todolist-web: ${line}\n`),
  signal: stop.signal,
})
