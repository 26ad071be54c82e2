import assert from 'node:assert/strict'
import { join } from 'node:path'
import test, { after, afterEach, before } from 'node:test'
import { describeToDo, fetchToDo } from '@tenantry/todolist-daemon/dist/src/api/to-dos.js'
import { exitCodes } from '@tenantry/todolist-daemon/dist/src/exit-codes.js'
import { endAll, node, startNode } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { openRealParts, type RealParts } from './real-parts.js'

let parts: RealParts
before(async () => {
  parts = await openRealParts()
})
afterEach(() => {
  parts.stack.tenant.faults.clear()
  parts.gateway.decide(() => 'pass')
})
after(async () => {
  await parts?.[Symbol.asyncDispose]()
  endAll()
})

const program = join(root, 'apps', 'daemon', 'todolist-daemon.cjs')
const list = ['--op', 'getToDos']

interface Row {
  readonly args?: readonly string[]
  readonly settings?: () => Readonly<Record<string, string>>
  /** Makes the fault. */
  readonly fault?: () => unknown
  /** What the one line on standard error has in it. */
  readonly why: RegExp | undefined
}

/** A run for each row of the table against the tenant and the API; the two of signals stand below. */
const rows: Readonly<Record<Exclude<keyof typeof exitCodes, 'interrupted' | 'terminated'>, Row>> = {
  success: { why: undefined },
  unexpected: {
    settings: () => ({ API_ENDPOINT: parts.gateway.endpoint.replace('/api/todolist', '/openapi.json') }),
    why: /did not send a to-do list: its answer is not a JSON array/,
  },
  usage: { args: ['--op', 'getTodos'], why: /did you mean --op getToDos\?/ },
  notFound: { args: ['todos', 'get', '999999'], why: /to-do/ },
  authentication: { settings: () => ({ CLIENT_SECRET: 'not-the-secret-of-this-daemon' }), why: /AADSTS7000215/ },
  configuration: { settings: () => ({ SCOPES: 'Enter_the_Web_Api_Scope_Here' }), why: /still is a placeholder/ },
  network: { settings: () => ({ API_ENDPOINT: 'https://localhost:1/' }), why: /nothing listens at that address/ },
  unavailable: {
    fault: () => parts.stack.tenant.faults.add({ where: 'token', status: 503, retryAfter: 60 }),
    why: /the authority is unavailable or throttles \(HTTP 503\)/,
  },
  conflict: {
    args: ['todos', 'delete', '1', '--yes'],
    fault: () => parts.gateway.decide(({ method }) => (method === 'DELETE' ? changedMeanwhile() : 'pass')),
    why: /answered 412/,
  },
  // A clock that is three minutes fast.
  warnings: { args: ['doctor', '-o', 'json'], fault: () => parts.clock.advance(3 * 60_000), why: undefined },
  deadline: {
    args: [...list, '--timeout', '2'],
    fault: () => parts.gateway.decide(() => new Promise(() => undefined)),
    why: /the command did not finish within 2 s/,
  },
  // The last one: nobody grants it again.
  permission: { fault: withdrawConsent, why: /app role|admin consent/ },
}

for (const [name, { args = list, settings = () => ({}), fault, why }] of Object.entries(rows)) {
  const { code, meaning } = exitCodes[name as keyof typeof rows]
  test(`bar 5: ${name} ends with ${code}: ${meaning}`, async () => {
    await fault?.()
    const env = { ...parts.settings, ...parts.clock.env, ...settings() }
    const ended = await node([program, ...args], { env, cwd: parts.folder })
    assert.equal(ended.code, code, ended.stderr)
    assert.equal(ended.stdout !== '', why === undefined, 'data on stdout, and only where there is some')
    assert.match(ended.stderr, why ?? /^$/)
    assert.equal(ended.stderr.trim().split('\n').length, 1, 'one line')
  })
}

for (const [name, signal] of [
  ['interrupted', 'SIGINT'],
  ['terminated', 'SIGTERM'],
] as const) {
  const { code, meaning } = exitCodes[name]
  test(`bar 5: ${name} ends with ${code}: ${meaning}`, {
    skip: process.platform === 'win32' && 'Windows has no such signals',
  }, async () => {
    parts.gateway.decide(() => new Promise(() => undefined))
    // Granted or not: the tenant is asked, and then nobody answers.
    const env = { ...parts.settings, ...parts.clock.env }
    const running = await startNode([program, ...list, '--verbose'], 'API: asking', { env, cwd: parts.folder })
    const ended = await running.end(signal)
    assert.deepEqual([ended.code, ended.stdout], [code, ''])
    assert.match(ended.stderr, new RegExp(`the process received ${signal}`))
  })
}

/** Somebody else changes the to-do between the daemon's reading and its deleting. */
async function changedMeanwhile(): Promise<'pass'> {
  await using connection = parts.connect()
  await connection.inSession(async (session) => {
    const { etag } = await fetchToDo(session, 1)
    await describeToDo(session, 1, { description: 'Changed meanwhile', etag })
  })
  return 'pass'
}

async function withdrawConsent(): Promise<void> {
  const { graph } = parts.stack
  const [api] = (await graph.list("/servicePrincipals?$filter=displayName%20eq%20'ciam-ToDoList-api'")) as {
    id: string
  }[]
  const assigned = `/servicePrincipals/${api?.id}/appRoleAssignedTo`
  for (const { id } of (await graph.list(assigned)) as { id: string }[])
    await graph.send({ method: 'DELETE', path: `${assigned}/${id}` })
}
