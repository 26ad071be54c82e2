import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNewFolder, median, report, timeToEnd } from './measure.mjs'
import { startTenantProcess } from './server.mjs'

const rounds = 11
const discovery = { method: 'GET', path: '/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration' }

export function run() {
  return inNewFolder(async (folder) => {
    const data = join(folder, 'data')
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    await measureTenant(data)
    const [empties, firsts, memories] = [[], [], []]
    for (let round = 0; round < rounds; round += 1) {
      empties.push(await timeToEnd(process.execPath, [empty]))
      const { first, megabytes } = await measureTenant(data)
      firsts.push(first)
      memories.push(megabytes)
    }
    report('empty script', empties)
    report('first discovery answer', firsts)
    const ratio = median(firsts.map((first, round) => first / empties[round]))
    console.log(`  ratio, median of the rounds: ${ratio.toFixed(2)}, bar 2.5`)
    console.log(`  resident after a second, median: ${Math.round(median(memories))} MB, bar 90 MB`)
  })
}

/** Starts the tenant alone and asks it every 2 ms until it answers. */
async function measureTenant(data) {
  const server = await startTenantProcess(data, discovery)
  await sleep(1_000)
  const megabytes = server.residentMegabytes()
  await server.stop()
  return { first: server.firstAnswer, megabytes }
}
