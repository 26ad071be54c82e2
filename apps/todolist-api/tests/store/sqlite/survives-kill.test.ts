import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { everyTodo } from '../../fixtures/every-todo.js'

const writer = fileURLToPath(new URL('writer.js', import.meta.url))

test('a process that is killed while it writes loses no to-do that it acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'todolist-kill-'))
  const file = join(folder, 'todolist.db')
  for (const milliseconds of [20, 75, 130]) {
    const acknowledged = await writeAndKill(file, milliseconds)
    const { store } = openSqliteStore(file, () => new Date())
    const kept = new Set((await everyTodo(store)).map((todo) => todo.id))
    await store.close()
    assert(acknowledged.length > 0)
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    )
  }
  const database = new Database(file)
  assert.deepEqual(database.prepare('PRAGMA integrity_check').all(), [{ integrity_check: 'ok' }])
  database.close()
  rmSync(folder, { recursive: true })
})

async function writeAndKill(file: string, milliseconds: number): Promise<number[]> {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await once(child.stdout, 'readable')
  const output = text(child.stdout)
  await sleep(milliseconds)
  child.kill('SIGKILL')
  await exited
  const lines = (await output).split('\n')
  return lines.slice(0, -1).map(Number) // what follows the last line break was cut off by the kill
}
