// What the benchmarks share: timing whole processes, medians, and a place to put data.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The environment without NODE_EXTRA_CA_CERTS: a whole CA bundle there adds 20 ms and more to every start of Node 20. */
export const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs a program to its end and returns milliseconds; throws when it fails. */
export async function timeToEnd(command, args, options = {}) {
  const started = performance.now()
  const child = spawn(command, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'], ...options })
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}:\n${complaints}`)
  return performance.now() - started
}

/** Calls `work` with a new folder that is gone afterwards. */
export async function inNewFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function report(name, milliseconds, bar = '') {
  const [low, high] = [Math.min(...milliseconds), Math.max(...milliseconds)]
  const format = (value) => (value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`)
  console.log(`  ${name}: median ${format(median(milliseconds))} (${format(low)} to ${format(high)})${bar}`)
}
