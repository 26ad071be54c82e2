import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DataFolderError, openDataFolder } from '../src/index.js'

const root = mkdtempSync(join(tmpdir(), 'tenantry-folder-'))
after(() => rmSync(root, { recursive: true }))

const mode = (path: string) => statSync(path).mode & 0o777

test('the folder is made with its parents, for its owner alone, and kept out of git', () => {
  const folder = openDataFolder(join(root, 'a', 'b'))
  assert.equal(folder.path, join(root, 'a', 'b'))
  assert.equal(mode(folder.path), 0o700)
  assert.equal(readFileSync(folder.file('.gitignore'), 'utf8'), '*\n')
})

test('a folder that others could read is closed to them', () => {
  const path = join(root, 'open')
  openDataFolder(path)
  chmodSync(path, 0o755)
  openDataFolder(path)
  assert.equal(mode(path), 0o700)
})

test('what is written is read again, is readable by its owner alone, and leaves nothing unfinished behind', () => {
  const folder = openDataFolder(join(root, 'files'))
  assert.equal(folder.read('x.pem'), undefined)
  assert.equal(folder.write('x.pem', 'one'), folder.file('x.pem'))
  chmodSync(folder.file('x.pem'), 0o644)
  folder.write('x.pem', 'two')
  assert.equal(folder.read('x.pem'), 'two')
  assert.equal(mode(folder.file('x.pem')), 0o600)
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['.gitignore', 'x.pem'])
})

test('a folder that another process is just making its own is opened; one with anything else in it is refused', () => {
  const path = join(root, 'marked')
  mkdirSync(path)
  // As it is between the making of a file and the writing of its text.
  writeFileSync(join(path, '.gitignore'), '')
  openDataFolder(path)
  assert.equal(readFileSync(join(path, '.gitignore'), 'utf8'), '*\n')
  for (const [name, text] of [
    ['.gitignore', 'dist\n'],
    ['main.ts', ''],
  ] as const) {
    const others = mkdtempSync(join(root, 'others-'))
    writeFileSync(join(others, name), text)
    assert.throws(() => openDataFolder(others), DataFolderError)
    assert.deepEqual([readdirSync(others), readFileSync(join(others, name), 'utf8')], [[name], text])
  }
})

test('a file in the place of the folder is refused by the file system', () => {
  const path = join(root, 'file')
  writeFileSync(path, '')
  assert.throws(() => openDataFolder(path), { code: 'EEXIST' })
})
