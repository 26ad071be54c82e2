import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import type { GraphClient } from '@tenantry/app-registration'
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

const strange = '99998888-7777-4666-8555-444433332222'
const faults: readonly {
  title: string
  changes: (settings: Record<string, string>, stack: Stack) => Record<string, string>
  check: string
  code: number
  detail: RegExp
}[] = [
  {
    title: 'a wrong secret',
    changes: ({ CLIENT_SECRET }) => ({ CLIENT_SECRET: `${CLIENT_SECRET}x` }),
    check: 'credential',
    code: 4,
    detail: /the client secret is wrong/,
  },
  {
    title: 'the id of a secret',
    changes: () => ({ CLIENT_SECRET: strange }),
    check: 'credential',
    code: 4,
    detail: /so it is the Secret ID/,
  },
  {
    title: 'an unknown application',
    changes: () => ({ CLIENT_ID: strange }),
    check: 'token',
    code: 4,
    detail: /no application with this CLIENT_ID/,
  },
  {
    title: 'an unknown API',
    changes: () => ({ SCOPES: `api://${strange}/.default` }),
    check: 'token',
    code: 6,
    detail: /the API of SCOPES is not known/,
  },
  {
    title: 'another tenant',
    changes: (_, { tenant }) => ({ AUTHORITY: `${new URL(tenant.authority).origin}/${strange}` }),
    check: 'discovery',
    code: 4,
    detail: /there is no such tenant/,
  },
  {
    title: 'a tenant whose certificate authority is not named',
    changes: () => ({ CA_FILE: '' }),
    check: 'TLS',
    code: 7,
    detail: /an authority that is not trusted here/,
  },
  {
    title: 'an API that is not running',
    changes: () => ({ API_ENDPOINT: 'https://localhost:1/api/todolist' }),
    check: 'API',
    code: 7,
    detail: /nothing listens/,
  },
]

test('doctor names each fault that settings can have against the real parts', async (t) => {
  await using stack = await openStack(data)
  await stack.startApi()
  const settings = readSettings(data, 'daemon.env')
  for (const { title, changes, check, code, detail } of faults) {
    await t.test(title, async () => {
      const { code: ended, rows } = await examined(stack, changes(settings, stack))
      const fault = rows.find(({ status }) => status === 'failed')
      assert.equal(fault?.check, check, JSON.stringify(rows))
      assert.match(fault.detail, detail)
      assert.notEqual(fault.fix, '')
      assert.equal(ended, code)
    })
  }
})

test('doctor finds a withdrawn consent', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  await withdrawConsent(stack.graph)
  const { code, rows } = await examined(stack)
  const fault = rows.find(({ status }) => status === 'failed')
  assert.equal(fault?.check, 'roles', JSON.stringify(rows))
  assert.match(fault.fix, /npm run up/)
  assert.equal(code, 5)
})

test('nothing of this file shows the secret', () => {
  const { CLIENT_SECRET = '' } = readSettings(data, 'daemon.env')
  assert.ok(CLIENT_SECRET.length > 30)
  for (const { text } of printed) assert.ok(!text.includes(CLIENT_SECRET))
})

async function withdrawConsent(graph: GraphClient): Promise<void> {
  const path = "/servicePrincipals?$filter=displayName eq 'ciam-ToDoList-api'"
  const [api] = (await graph.list(path.replaceAll(' ', '%20'))) as { id: string }[]
  const assigned = `/servicePrincipals/${api?.id}/appRoleAssignedTo`
  for (const { id } of (await graph.list(assigned)) as { id: string }[])
    await graph.send({ method: 'DELETE', path: `${assigned}/${id}` })
}
