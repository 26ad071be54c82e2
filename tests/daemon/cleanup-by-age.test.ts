import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { describeToDo, fetchToDo, makeToDo, pagesOfToDos } from '@tenantry/todolist-daemon/dist/src/api/to-dos.js'
import { endAll, node } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { openRealParts, type RealParts } from './real-parts.js'

let parts: RealParts
before(async () => {
  parts = await openRealParts()
})
after(async () => {
  await parts?.[Symbol.asyncDispose]()
  endAll()
})

const program = join(root, 'apps', 'daemon', 'todolist-daemon.cjs')
const days = 86_400_000
const owner = 'eeee1111-2222-4333-8444-555566667777'
const record = (): string => join(parts.folder, 'old.seen')

/** One run of the job in a daemon that has the machine's time: the API's is what counts. */
async function cleanUp(...more: string[]) {
  const args = ['run', 'cleanup', '--older-than', '7d', '--record', 'old.seen', '--once', ...more]
  const ended = await node([program, ...args], { env: { ...parts.settings }, cwd: parts.folder })
  const [outcome] = ended.stdout === '' ? [] : (JSON.parse(ended.stdout) as Record<string, unknown>[])
  return { ...ended, outcome }
}

async function ids(): Promise<number[]> {
  await using connection = parts.connect()
  return connection.inSession(async (session) => {
    const found: number[] = []
    for await (const page of pagesOfToDos(session)) found.push(...page.map(({ id }) => id))
    return found
  })
}

test('a to-do is deleted when the job has seen it unchanged for long enough; what was changed or is younger stays', async () => {
  const done = { job: 'cleanup', action: 'cleanup', result: 'done' }
  assert.deepEqual((await cleanUp()).outcome, { ...done, deleted: 0 }, 'the first run only remembers')
  const kept = readFileSync(record(), 'utf8')
  assert.equal(kept.trim().split('\n').length, 4)
  assert.ok(!kept.includes('grocery') && !kept.includes('74c79b0b'), 'no word and no owner of a to-do is in the record')

  parts.clock.advance(6 * days)
  await using connection = parts.connect()
  const young = await connection.inSession(async (session) => {
    const { etag } = await fetchToDo(session, 2)
    await describeToDo(session, 2, { description: 'Finish invoice report at last', etag })
    return makeToDo(session, { description: 'Younger than the others', owner }, 'made-later')
  })
  assert.deepEqual((await cleanUp()).outcome, { ...done, deleted: 0 })

  parts.clock.advance(1.5 * days)
  const tried = await cleanUp('--dry-run', '--verbose')
  assert.deepEqual(tried.outcome, { ...done, wouldDelete: 2 })
  assert.match(tried.stderr, /dry run: to-do 1 would be deleted.*\n.*dry run: to-do 3 would be deleted/)
  assert.deepEqual(await ids(), [1, 2, 3, young.id])

  // Somebody changes one of them after the job has looked at it.
  let changes = 1
  parts.gateway.decide(({ method, url }) =>
    method === 'GET' && url?.endsWith('/3') === true && changes-- > 0 ? changedMeanwhile() : 'pass',
  )
  assert.deepEqual((await cleanUp()).outcome, { ...done, deleted: 1 })
  assert.deepEqual(await ids(), [2, 3, young.id])

  parts.clock.advance(7 * days)
  assert.deepEqual((await cleanUp('--contains', 'Younger')).outcome, { ...done, deleted: 1 })
  assert.deepEqual(await ids(), [2, 3])
  assert.deepEqual(readdirSync(parts.folder), ['old.seen'])
})

async function changedMeanwhile(): Promise<'pass'> {
  await using connection = parts.connect()
  await connection.inSession(async (session) => {
    const { etag } = await fetchToDo(session, 3)
    await describeToDo(session, 3, { description: 'Water plants twice', etag })
  })
  return 'pass'
}

test('a record that is damaged, of another API or another kind of file stays as it is, and nothing is deleted', async () => {
  await cleanUp()
  parts.clock.advance(30 * days)
  const whole = readFileSync(record(), 'utf8')
  for (const [content, why] of [
    [whole.replace(/\n\[.*$/s, '\n[2,"'), /line 2 is damaged\. Next: restore it, or remove it: then every age begins/],
    [
      whole.replace(parts.gateway.endpoint, 'https://other.example/todos'),
      /it was made for the API at https:\/\/other/,
    ],
    ['[{"id":1}]', /it does not begin as such a record does\. Next: name a file of its own/],
  ] as const) {
    writeFileSync(record(), content)
    const { code, stderr } = await cleanUp()
    assert.equal(code, 6, stderr)
    assert.match(stderr, why)
    assert.equal(readFileSync(record(), 'utf8'), content)
    assert.deepEqual([await ids(), readdirSync(parts.folder)], [[2, 3], ['old.seen']])
  }
  assert.ok(existsSync(record()))
  const unwritable = await cleanUp('--record', join('no', 'such', 'folder'))
  assert.equal(unwritable.code, 2)
})
