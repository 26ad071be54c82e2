import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { FolderInUse, lockFolder, openDataFolder } from '../src/index.js'

const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'tenantry-lock-')))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder.path, { recursive: true, force: true })
})

/** A process that tries to hold the lock, says whether it does, and stays. */
async function contender(): Promise<{ child: ChildProcess; holds: boolean }> {
  const index = new URL('../src/index.js', import.meta.url).href
  const script = `
    const { lockFolder, openDataFolder } = await import(${JSON.stringify(index)})
    try { lockFolder(openDataFolder(${JSON.stringify(folder.path)})); console.log('holds') } catch { console.log('refused') }
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, holds: line.toString().startsWith('holds') }
}

test('a folder is held once, by name, until it is given back', () => {
  const unlock = lockFolder(folder)
  assert.throws(
    () => lockFolder(folder),
    (error) => error instanceof FolderInUse && error.pid === process.pid && error.message.includes(folder.path),
  )
  unlock()
  lockFolder(folder)()
})

test('of several processes that try at the same moment exactly one holds it, and its death frees it', async () => {
  const first = await Promise.all([contender(), contender(), contender()])
  const holder = first.filter(({ holds }) => holds)
  assert.equal(holder.length, 1)
  assert.throws(() => lockFolder(folder), FolderInUse)
  for (const { child } of first) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  lockFolder(folder)()
})
