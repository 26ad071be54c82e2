import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { type StartOptions, start } from '../src/start.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-start-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Announced {
  origin: string
  graph: string
  tenants: { tenantId: string; subdomain: string; authority: string }[]
  controlKeyFile: string | null
  caFile: string | null
  ca: string
}

test('every tenant is announced in one line without a secret, and all of them end with the signal', async () => {
  const data = join(folder, 'two')
  const running = run({ data, tenants: ['contoso', 'fabrikam'] })
  const { line, announced } = await running.announced
  assert.deepEqual(line.split('\n').length, 2)
  assert.deepEqual(
    announced.tenants.map(({ subdomain }) => subdomain),
    ['contoso', 'fabrikam'],
  )
  for (const { authority, tenantId } of announced.tenants) assert.equal(authority, `${announced.origin}/${tenantId}`)
  assert.equal(announced.graph, `${announced.origin}/v1.0`)
  assert.equal(announced.controlKeyFile, join(data, 'control.key'))
  const key = readFileSync(announced.controlKeyFile, 'utf8').trim()
  assert.ok(!line.includes(key))
  assert.ok(announced.caFile !== null && existsSync(announced.caFile))
  const body = await get(announced, '/_tenantry/health')
  assert.equal((JSON.parse(body) as Announced).tenants.length, 2)
  assert.equal(await running.stop(), 0)
  assert.match(running.said(), /\n✓ Stopped: the data is kept in .*\n$/)
  assert.ok(running.said().endsWith(` ${data}\n`))
  await assert.rejects(get(announced, '/_tenantry/health'), { code: 'ECONNREFUSED' })
})

test('where nothing is kept, the last line says so', async () => {
  const running = run({ data: null })
  await running.announced
  assert.equal(await running.stop(), 0)
  assert.match(running.said(), /\n✓ Stopped: nothing is kept\n$/)
})

test('a seed fills an empty tenant and is refused by one that is not', async () => {
  const data = join(folder, 'seeded')
  const source = run({ data, tenants: [] })
  const { announced } = await source.announced
  const [tenant] = announced.tenants
  const authorization = `Bearer ${readFileSync(join(data, 'control.key'), 'utf8').trim()}`
  const path = `/_tenantry/tenants/${tenant?.tenantId}`
  await get(announced, `${path}/apps`, { authorization }, JSON.stringify({ displayName: 'orders' }))
  const file = join(folder, 'seed.json')
  writeFileSync(file, await get(announced, `${path}/export`, { authorization }))
  await source.stop()

  const target = run({ data: join(folder, 'target'), seed: file })
  await target.announced
  await target.stop()
  const again = run({ data: join(folder, 'target'), seed: file })
  await assert.rejects(again.ended, { name: 'StepFailure', exitCode: 6 })
  assert.match(again.said(), /seed\.json: The tenant has applications already.*leave out --seed/)
})

test('a seed that is wrong is refused with its path and the place, and nothing listens', async () => {
  const wrong: [name: string, content: string | null, says: RegExp][] = [
    ['absent.json', null, /absent\.json cannot be read\. Next: give it what GET/],
    ['broken.json', '{ secret', /broken\.json is not JSON\. Next: give it what GET/],
    ['foreign.json', '{"hello":1}', /foreign\.json: 'format' has to be one of tenantry-export/],
  ]
  for (const [name, content, says] of wrong) {
    const seed = join(folder, name)
    if (content !== null) writeFileSync(seed, content)
    const running = run({ seed })
    await assert.rejects(running.ended, { name: 'StepFailure', exitCode: 6 })
    assert.match(running.said(), says)
    assert.ok(!running.said().includes('secret'))
  }
})

function run(options: Partial<StartOptions>) {
  const interruption = new AbortController()
  const { signal } = interruption
  let said = ''
  const terminal = {
    write(text: string) {
      said += text
    },
  }
  let hear: (line: string) => void = () => {}
  const heard = new Promise<string>((resolve) => {
    hear = resolve
  })
  const ended = start(
    { port: 0, data: null, tenants: [], seed: null, announceTo: { write: hear }, ...options },
    { terminal, signal, environment: {}, now: () => 0 },
  )
  const line = Promise.race([heard, ended.then(() => '')])
  const announced = line.then((text) => ({ line: text, announced: JSON.parse(text) as Announced }))
  announced.catch(() => {})
  return {
    announced,
    ended,
    said: () => said,
    stop() {
      interruption.abort(0)
      return ended
    },
  }
}

function get({ origin, ca }: Announced, path: string, headers = {}, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const outgoing = request(`${origin}${path}`, { ca, method, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
      })
      incoming.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
