// Started by survives-kill.test.ts: creates to-dos for ever and says the id of each once it was acknowledged.
import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { readGuid } from '../../../src/guid.js'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'

const owner = readGuid('a11ce000-0000-4000-8000-000000000001')
assert(owner)
const { store } = openSqliteStore(process.argv[2] ?? '', () => new Date())
for (;;) {
  const { todo } = await store.create({ owner, description: 'acknowledged' })
  writeSync(1, `${todo.id}\n`)
}
