import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { lockFolder } from '../src/lock.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-lock-'))
const file = join(folder, 'lock')
after(() => rmSync(folder, { recursive: true, force: true }))

test('a lock names its process and is gone when it is given back', () => {
  const unlock = lockFolder(file)
  assert.equal(readFileSync(file, 'utf8'), String(process.pid))
  unlock()
  assert.equal(existsSync(file), false)
})

test('a living process keeps its lock, and the refusal names the process and what to do', () => {
  writeFileSync(file, String(process.ppid))
  assert.throws(() => lockFolder(file), {
    name: 'Failure',
    exitCode: 6,
    message: `process ${process.ppid} is already running a tenant in this folder`,
    next: /--data/,
  })
  rmSync(file)
})

test('the lock of a process that has died, and one that was written half, are taken over', () => {
  const { pid } = spawnSync(process.execPath, ['--eval', ''])
  for (const left of [String(pid), '', 'nonsense', '-1']) {
    writeFileSync(file, left)
    lockFolder(file)()
  }
})
