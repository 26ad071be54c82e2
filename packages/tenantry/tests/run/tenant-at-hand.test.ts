import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDataFolder } from '@tenantry/local-tenant/data-folder'
import { tenantAtHand } from '../../src/run/tenant-at-hand.js'

test('a tenant that dies before it says a word is told of with the command that says why, as it is called here', async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'tenantry-at-hand-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const spellings = [
    [{}, 'tenantry start'],
    [{ npm_package_name: 'tenantry-repository' }, 'npm run tenantry -- start'],
  ] as const
  for (const [named, command] of spellings) {
    const attempt = tenantAtHand({
      folder: openDataFolder(path),
      port: 0,
      signal: new AbortController().signal,
      environment: { ...process.env, npm_package_name: undefined, ...named },
      self: [process.execPath, '--eval', 'process.exit(3)', '--'],
    })
    await assert.rejects(attempt, {
      message: 'the tenant ended before it had started',
      next: `run \`${command}\` with the same --data, which says why`,
    })
  }
})
