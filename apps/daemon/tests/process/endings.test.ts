import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { runDaemon, settingsFor, withoutCorrelationId } from '../stand-in/daemon-process.js'
import { startServices } from '../stand-in/services.js'

for (const part of ['discovery', 'token', 'api'] as const) {
  test(`the deadline ends a command whose ${part} never answers with 124`, async (t) => {
    const services = await startServices(t, () => ({ [part]: 'silence' }))
    const ended = await runDaemon({ args: ['--op', 'getToDos', '--timeout', '1.5'], env: settingsFor(services) })
    assert.deepEqual(
      { ...ended, stderr: withoutCorrelationId(ended.stderr) },
      {
        code: 124,
        stdout: '',
        stderr:
          'todolist-daemon: deadline passed: the command did not finish within 1.5 s. Next: run it with --verbose to see which step is slow, or give it more time with --timeout <seconds>. (correlation id <id>)\n',
      },
    )
  })
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends a waiting command at once with ${code}`, {
    skip: process.platform === 'win32' && 'Windows has no such signals',
  }, async (t) => {
    const services = await startServices(t, () => ({ api: 'silence' }))
    const ended = await runDaemon({
      args: ['--op', 'getToDos', '--verbose'],
      env: settingsFor(services),
      during: async (child) => {
        await shown(child, 'API: asking')
        child.kill(signal)
      },
    })
    assert.equal(ended.code, code)
    assert.equal(ended.stdout, '')
    assert.equal(
      withoutCorrelationId(ended.stderr.split('\n').at(-2) ?? ''),
      `todolist-daemon: stopped: the process received ${signal}. Next: run the command again; it printed nothing. (correlation id <id>)`,
    )
  })
}

test('a wrong command line ends with 2 and names what is known', async () => {
  assert.deepEqual(await runDaemon({ args: ['--op', 'getTodo'] }), {
    code: 2,
    stdout: '',
    stderr:
      'todolist-daemon: wrong command line: "getTodo" is not an operation; known: getToDos, getToDo, createToDo, updateToDo, deleteToDo. Next: did you mean --op getToDo? --help shows everything.\n',
  })
})

test('without settings the command ends with 6 and names all that is missing', async () => {
  const ended = await runDaemon({})
  assert.equal(ended.code, 6)
  assert.equal(ended.stdout, '')
  for (const name of ['CLIENT_ID', 'AUTHORITY', 'CLIENT_SECRET or CLIENT_SECRET_FILE', 'SCOPES']) {
    assert.ok(ended.stderr.includes(`${name} is missing`), name)
  }
  assert.match(ended.stderr, /^[^\n]+Next: run `npm run up`, which [^\n]+, or copy \.env\.example to \.env [^\n]+\.\n$/)
})

async function shown(child: ChildProcess, text: string): Promise<void> {
  let output = ''
  while (!output.includes(text)) {
    if (!child.stderr) throw new Error('the process has no stderr')
    const chunks: unknown[] = await once(child.stderr, 'data')
    output += chunks.join('')
  }
}
