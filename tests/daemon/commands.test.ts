import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { endAll, newFolder, printed, tenantry } from '../journey/programs.js'
import { openStack, readSettings, type Stack } from '../journey/stack.js'

const folder = newFolder()
const data = join(folder, '.tenantry')

after(() => {
  endAll()
  rmSync(folder, { recursive: true, force: true })
})

interface ToDo {
  id: number
  owner: string
  description: string
}

interface Row {
  check: string
  status: string
  detail: string
  fix: string
}

test('the parts are made once for this file', async () => {
  const { code, stderr } = await tenantry(['up', '--once', '--data', data, '--port', '0', '--api-port', '0'])
  assert.equal(code, 0, stderr)
})

test('every to-do command works against the tenant and the API', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  const run = async <Value>(...args: string[]): Promise<Value> => {
    const { code, stdout, stderr } = await stack.daemon({}, args)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Value
  }
  const before = await run<ToDo[]>('todos', 'list')
  const owner = before[0]?.owner ?? ''
  const made = await run<ToDo>('--op', 'createToDo', '--description', 'Call the plumber', '--owner', owner)
  assert.deepEqual(await run('todos', 'get', String(made.id)), { ...made, description: 'Call the plumber', owner })
  const changed = await run<ToDo>('todos', 'update', String(made.id), '--description', 'Pay the plumber')
  assert.deepEqual(changed, { ...made, description: 'Pay the plumber' })
  assert.deepEqual(await run('--op', 'deleteToDo', '--id', String(made.id)), changed)
  const gone = await stack.daemon({}, ['todos', 'get', String(made.id)])
  assert.equal(gone.code, 3)
  const file = join(folder, 'all.csv')
  assert.deepEqual(await run('todos', 'export', file), { file, exported: before.length })
  assert.deepEqual(await run('todos', 'import', file), { imported: before.length, skipped: 0 })
  const both = await run<ToDo[]>('todos', 'list')
  assert.deepEqual(
    both.map(({ description }) => description),
    [...before, ...before].map(({ description }) => description),
  )
  assert.equal((await run<ToDo[]>('todos', 'list', '--limit', '2')).length, 2)
})

test('whoami and the credential are those of the registration', async () => {
  await using stack = await openStack(data)
  const { CLIENT_ID } = stack.settings.daemon
  const whoAmI = JSON.parse((await stack.daemon({}, ['auth', 'whoami'])).stdout) as Record<string, unknown>
  assert.equal(whoAmI['kind'], 'app-only')
  assert.equal(whoAmI['application'], CLIENT_ID)
  assert.deepEqual([...(whoAmI['roles'] as string[])].sort(), ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
  assert.equal((await stack.daemon({}, ['credential', 'test'])).code, 0)
})

async function examined(
  stack: Stack,
  changes: Record<string, string> = {},
): Promise<{ code: number | null; rows: Row[] }> {
  const { code, stdout } = await stack.daemon(changes, ['doctor', '-o', 'json'])
  return { code, rows: JSON.parse(stdout) as Row[] }
}

test('doctor finds nothing wrong with what `up` made', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  const { code, rows } = await examined(stack)
  assert.equal(code, 0, JSON.stringify(rows))
  assert.ok(rows.every(({ status }) => status === 'ok'))
})

test('nothing of this file shows the secret', () => {
  const { CLIENT_SECRET = '' } = readSettings(data, 'daemon.env')
  assert.ok(CLIENT_SECRET.length > 30)
  for (const { text } of printed) assert.ok(!text.includes(CLIENT_SECRET))
})
