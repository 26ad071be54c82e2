import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { applyApps } from '../../src/apps/apply.js'
import { apiName, daemonName } from '../../src/tutorial/apps.js'
import { here, surroundings } from './place.js'

const place = await here()
after(() => place[Symbol.asyncDispose]())
const { data, tenant } = place
const main = fileURLToPath(new URL('../../src/main.js', import.meta.url))

/** `tenantry apps apply` in a process of its own, which is interrupted as soon as the terminal shows `until`. */
async function apply(until: string | null = null) {
  const options = ['--data', data, '--port', String(tenant.port)]
  const child = spawn(process.execPath, [main, 'apps', 'apply', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', terminal: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const shown = until !== null && said.terminal.includes(until)
    said.terminal += text
    if (until !== null && !shown && said.terminal.includes(until)) child.kill('SIGINT')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, ...said, lines: said.terminal.trimEnd().split('\n') }
}

test('a SIGINT in the middle ends apply with 130 and a line on what was done; the next run does the rest', async () => {
  const slow = tenant.faults.add({ where: 'graph', action: 'slow', delayMs: 250 })
  const first = await apply(`✓ ${apiName}: create the application`)
  slow.remove()
  assert.deepEqual([first.code, first.signal, first.stdout], [130, null, ''])
  const told =
    /^✗ Interrupted after (\d+) changes in contoso at (.+)\. Next: run it again; it finds what is there and does the rest\.$/
  const [, done, origin] = told.exec(first.lines.at(-1) ?? '') ?? assert.fail(first.terminal)
  assert.equal(origin, tenant.origin)
  assert.equal(first.lines.filter((line) => line.startsWith('✗')).length, 1)
  assert.ok(
    first.lines.slice(0, -1).every((line) => line.startsWith('✓')),
    first.terminal,
  )

  const second = await apply()
  assert.equal(second.code, 0, second.terminal)
  const [, rest] = /^✓ (\d+) changes made in contoso/.exec(second.lines.at(-1) ?? '') ?? assert.fail(second.terminal)
  // What was under way when the signal came may have been done, or not: it is in neither count, or in the second.
  assert.ok(Number(done) > 0 && Number(done) + Number(rest) <= 17, `${done} + ${rest}`)
  assert.ok(
    second.lines.some((line) => line.startsWith(`✓ ${daemonName}: proved its secret with a token for ${apiName}`)),
  )
  const names = tenant.export().applications.map(({ properties }) => properties.displayName)
  assert.deepEqual(names.toSorted(), [apiName, daemonName].toSorted())
  const secrets = tenant.export().applications.flatMap((application) => application.secrets)
  assert.equal(secrets.length, 1)

  const third = await apply()
  assert.equal(third.code, 0)
  assert.match(third.terminal, /✓ No changes in contoso/)
})

test('interrupted before the first change, it says that too', async () => {
  const interruption = new AbortController()
  const { around, said } = surroundings()
  // The clock is first asked when the first call to Graph is about to be made.
  const now = () => {
    interruption.abort()
    return 0
  }
  const given = { ...place.options, output: 'text' as const, dryRun: false }
  const running = applyApps(given, { ...around, signal: interruption.signal, now })
  await assert.rejects(running, { name: 'AbortError' })
  const where = `contoso at ${tenant.origin}`
  const what = `✗ Interrupted before anything was known to have changed in ${where}.`
  assert.equal(said.terminal, `${what} Next: run it again; it finds what is there and does the rest.\n`)
})
