import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exitCodes } from '../src/exit-codes.js'
import { daemonFolder } from './stand-in/daemon-process.js'

test('the README lists exactly the exit codes of the program', () => {
  const readme = readFileSync(join(daemonFolder, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }))
  assert.deepEqual(rows, Object.values(exitCodes))
})
