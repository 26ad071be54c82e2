// Many calls of the API by one process: through the source of tokens, and with a fixed token over the same transport.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, root } from '../measure.mjs'

const calls = 10_000
const concurrency = 50
const rounds = 5

/** Prints both throughputs and how many tokens were asked for. */
export async function compareCalls(stub) {
  const load = async (file) => import(join(root, 'apps/daemon/dist/src', file))
  const [{ createClock }, { openTokens }, { createTransport }, { callApi }] = await Promise.all(
    ['clock.js', 'token/open-tokens.js', 'transport/transport.js', 'api/call-api.js'].map(load),
  )
  const signal = new AbortController().signal
  const clock = createClock(Date.now)
  const transport = createTransport({ extraRoots: readFileSync(stub.ca, 'utf8'), signal })
  const configuration = {
    clientId: '00001111-aaaa-4bbb-8ccc-333333333333',
    authority: new URL(stub.settings.AUTHORITY),
    scope: stub.settings.SCOPES,
    credentials: [{ kind: 'secret', secret: { setting: 'x', origin: 'x', from: 'value', value: 'made-up-secret' } }],
    tokenCache: { kind: 'memory' },
  }
  const basis = {
    configuration,
    transport,
    clock,
    signal,
    random: Math.random,
    newId: randomUUID,
    correlationId: randomUUID(),
  }
  const quiet = { progress: () => undefined, conceal: () => undefined, warn: () => undefined }
  const tokens = openTokens({ ...basis, ...quiet, stdin: () => process.stdin, renewAhead: true })
  const session = { ...basis, ...quiet, timeLeftMs: () => 60_000, wait: (ms) => clock.wait(ms, signal) }
  const url = new URL(stub.settings.API_ENDPOINT)
  const through = () => callApi({ ...session, accessToken: tokens.accessToken }, { method: 'GET', url })
  const fixed = 'a'.repeat(1200)
  const direct = () => callApi({ ...session, accessToken: () => Promise.resolve(fixed) }, { method: 'GET', url })
  await inParallel(direct, 500)
  const ratios = []
  const rates = []
  for (let round = 0; round < rounds; round += 1) {
    // In halves, and the other one first each time: the machine is not equally fast all the time.
    const [one, other] = round % 2 === 0 ? [through, direct] : [direct, through]
    const [first, second] = [await rate(one), await rate(other)]
    const [ours, bare] = one === through ? [first, second] : [second, first]
    rates.push(ours)
    ratios.push(ours / bare)
  }
  const asked = JSON.parse(
    (
      await transport.send({
        peer: { name: 'the stub', setting: '' },
        method: 'GET',
        url: new URL('/counts', url),
        headers: {},
        maxBytes: 1000,
      })
    ).text,
  ).tokens
  await tokens.close()
  transport.close()
  const words = `${Math.round(median(rates))} calls/s, ${median(ratios).toFixed(2)} of a fixed token's`
  console.log(`  ${calls} API calls, ${concurrency} at a time: ${words} (bar 0.95), ${asked} token request (bar 1)`)
}

async function rate(call) {
  const begin = performance.now()
  await inParallel(call, calls / rounds)
  return (calls / rounds / (performance.now() - begin)) * 1000
}

async function inParallel(call, times) {
  let left = times
  const worker = async () => {
    while (left-- > 0) {
      const { answer } = await call()
      if (answer.status !== 200) throw new Error(`The stub answered ${answer.status}.`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
