import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeWholeFile } from '../../src/transfer/whole-file.js'

const folder = mkdtempSync(join(tmpdir(), 'whole-file-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'to-dos.json')
const write = (text: string) => writeWholeFile(path, randomUUID(), (pieces) => pieces.write(text))

/** A file that was last written so many hours ago. */
function left(name: string, hours: number): string {
  writeFileSync(join(folder, name), 'a piece')
  const then = Date.now() / 1_000 - hours * 3_600
  utimesSync(join(folder, name), then, then)
  return name
}

test('what a killed process left of a file goes with the next one, and nothing else does', async () => {
  left(`.to-dos.json.${randomUUID()}.part`, 25)
  left(`.to-dos.json.${randomUUID().toUpperCase()}.part`, 900)
  const stays = [
    // Somebody may be writing it.
    left(`.to-dos.json.${randomUUID()}.part`, 23),
    // Of other files, and not of ours.
    left(`.other.json.${randomUUID()}.part`, 25),
    left(`to-dos.json.${randomUUID()}.part`, 25),
    left('.to-dos.json.mine.part', 25),
    left(`.to-dos.json.${randomUUID()}.part.bak`, 25),
    left(`.to-dos.json.old.${randomUUID()}.part`, 25),
    left('important', 25),
  ]
  const asFolder = `.to-dos.json.${randomUUID()}.part`
  mkdirSync(join(folder, asFolder))
  const asLink = `.to-dos.json.${randomUUID()}.part`
  symlinkSync(join(folder, 'important'), join(folder, asLink))
  await write('[1]')
  assert.deepEqual(readdirSync(folder).toSorted(), [...stays, asFolder, asLink, 'to-dos.json'].toSorted())
  assert.equal(readFileSync(path, 'utf8'), '[1]')
})

test('after a failure nothing new is left, and the older file is as it was', async () => {
  await write('[1]')
  const before = readdirSync(folder)
  const failing = writeWholeFile(path, randomUUID(), async (pieces) => {
    await pieces.write('[')
    throw new Error('the API is gone')
  })
  await assert.rejects(failing, /the API is gone/)
  assert.deepEqual(readdirSync(folder), before)
  assert.equal(readFileSync(path, 'utf8'), '[1]')
})
