import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, createClock } from '@tenantry/todolist-daemon/dist/src/clock.js'
import { root } from '../workspaces.js'

/**
 * One time for this process, with the tenant, MSAL and Graph in it, and for the programs that are started with `env`. It runs as the
 * machine's does, and goes ahead when told to; timers of half a second or more go with it.
 */
export interface MovedClock extends Clock {
  advance(ms: number): void
  /** What was waited for, in milliseconds, in the order of asking. */
  readonly waits: readonly number[]
  /** For the environment of a program. */
  readonly env: Readonly<Record<string, string>>
}

const preload = join(root, 'tests', 'daemon', 'moved-clock.cjs')
let clock: MovedClock | undefined

/** The same for all who ask. */
export function movedClock(): MovedClock {
  clock ??= moveClock()
  return clock
}

function moveClock(): MovedClock {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-clock-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'moved-clock')
  const distance = Buffer.alloc(8)
  writeFileSync(file, distance)
  process.env['MOVED_CLOCK'] = file
  createRequire(import.meta.url)(preload)
  const { now, wait } = createClock(() => Date.now())
  const waits: number[] = []
  return {
    now,
    waits,
    env: { NODE_OPTIONS: `--require "${preload.replaceAll('\\', '/')}"`, MOVED_CLOCK: file },
    advance: (ms) => {
      distance.writeDoubleLE(distance.readDoubleLE() + Math.ceil(ms))
      writeFileSync(file, distance)
    },
    wait: (ms, signal) => {
      waits.push(ms)
      return wait(ms, signal)
    },
  }
}
