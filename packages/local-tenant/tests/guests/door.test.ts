import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openDataFolder } from '../../src/data-folder.js'
import { type House, openDoor } from '../../src/guests/door.js'

const base = mkdtempSync(join(tmpdir(), 'tenantry-door-'))
after(() => rmSync(base, { recursive: true, force: true }))

const counts: number[] = []
const ended = new EventEmitter<{ end: [wish: string] }>()
const endedNow: string[] = []
ended.on('end', (wish) => endedNow.push(wish))
const house: House = {
  state: () => ({ port: 8443 }),
  onGuests: (count) => void counts.push(count),
  farewell: () => ({ goesOn: true }),
  async give(request) {
    if (!('wish' in request)) throw Object.assign(new Error('a wish is missing'), { next: 'make one' })
    if (request.wish === 'endless') return { answer: {}, end: () => Promise.reject(new Error('it does not end')) }
    return { answer: { granted: request.wish }, end: () => void ended.emit('end', String(request.wish)) }
  },
}
const folder = openDataFolder(join(base, 'data'))
const door = await openDoor(folder, house)
const file = folder.file('guests.json')
const { port, key, proof } = JSON.parse(readFileSync(file, 'utf8')) as { port: number; key: string; proof: string }

/** Says some lines, and returns what is answered until the other side ends it, or until `lines` have come. */
async function said(text: string, lines = Number.POSITIVE_INFINITY): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => {})
  socket.write(text)
  let answer = ''
  socket.on('data', (chunk: string) => {
    answer += chunk
    if (answer.split('\n').length > lines) socket.destroy()
  })
  await once(socket, 'close')
  return answer
}

test('who does not know the key of the folder is told nothing and counts for nothing', async () => {
  assert.equal(statSync(file).mode & 0o777, 0o600)
  for (const text of ['\n', `${key.slice(1)}\n`, `${key}x\n`, '{"leave":true}\n', 'a'.repeat(70_000)]) {
    assert.equal(await said(text), '')
  }
  assert.deepEqual(counts, [])
})

test('a guest is told the proof and the state, counts until it leaves, and what it asked for ends with it', async () => {
  const answers = (await said(`${key}\n{"wish":"one"}\n{"other":1}\n{"leave":true}\n`)).trimEnd().split('\n')
  assert.deepEqual(
    answers.map((line): unknown => JSON.parse(line)),
    [
      { proof, port: 8443 },
      { granted: 'one' },
      { refused: 'a wish is missing', next: 'make one' },
      { port: 8443, goesOn: true },
    ],
  )
  assert.deepEqual(counts.splice(0), [1, 0])
  assert.deepEqual(endedNow.splice(0), ['one'])
})

test('what cannot be ended does not keep its guest inside', async () => {
  await said(`${key}\n{"wish":"endless"}\n{"leave":true}\n`)
  assert.deepEqual(counts.splice(0), [1, 0])
})

test('a guest that is gone without a word, and one that talks nonsense, have left too', async () => {
  const end = once(ended, 'end')
  await said(`${key}\n{"wish":"two"}\n`, 2)
  assert.deepEqual(await end, ['two'])
  await said(`${key}\nnonsense\n`)
  // Each connection has its turn before the next one's answer.
  await said(`${key}\n{"leave":true}\n`)
  assert.deepEqual(counts.splice(0), [1, 0, 1, 0, 1, 0])
})

test('a closed door puts out who is inside, lets nobody in and is not found any more', async () => {
  const guest = connect(port, '127.0.0.1').on('error', () => {})
  guest.write(`${key}\n`)
  await once(guest, 'data')
  door.close()
  await once(guest, 'close')
  assert.equal(existsSync(file), false)
  const [refused] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
  assert.equal(refused.code, 'ECONNREFUSED')
})
