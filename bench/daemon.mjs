import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compareCalls } from './daemon/calls.mjs'
import { startStub } from './daemon/start-stub.mjs'
import { inNewFolder, median, report, root, timeToEnd } from './measure.mjs'
import { installPeers } from './peers/install.mjs'

const rounds = 21
const memoryRounds = 3
const sample = join(dirname(fileURLToPath(import.meta.url)), 'sample')
const op = ['--op', 'getToDos']

export function run() {
  return inNewFolder(async (folder) => {
    await installPeers(sample)
    const stack = await startStack(join(folder, 'data'))
    try {
      const programs = [
        ...requesting(stack.settingsFile),
        ...helping(folder),
        ...(await warm(stack.settingsFile, folder)),
      ]
      for (const program of programs) await time(program)
      const times = programs.map(() => [])
      for (let round = 0; round < rounds; round += 1) {
        for (const [index, program] of programs.entries()) times[index].push(await time(program))
      }
      for (const [index, { name }] of programs.entries()) report(name, times[index])
      compare(programs, times)
      await compareMemory(programs)
      const stub = await startStub(1_000_000)
      try {
        await compareCalls(stub)
        await measureExport(stub, folder)
      } finally {
        stub.stop()
      }
    } finally {
      await stack.stop()
    }
  })
}

/** The same three requests to the local tenant and the API: discovery document, token, to-dos. */
function requesting(settingsFile) {
  const ca = join(dirname(settingsFile), 'ca.pem')
  const env = { SETTINGS_FILE: settingsFile }
  const ours = join(root, 'apps/daemon/todolist-daemon.cjs')
  return [
    { name: 'node . --op getToDos', args: [ours, ...op, '--config', settingsFile], env: {} },
    { name: 'bare node:https script', args: [join(sample, 'bare.cjs')], env },
    {
      name: "the sample's packages",
      args: [join(sample, 'daemon.cjs'), ...op],
      env: { ...env, NODE_EXTRA_CA_CERTS: ca },
    },
  ]
}

function helping(folder) {
  const empty = join(folder, 'empty.mjs')
  writeFileSync(empty, '')
  const ours = join(root, 'apps/daemon/todolist-daemon.cjs')
  return [
    { name: 'node . --help', args: [ours, '--help'], env: {} },
    { name: 'node . --version', args: [ours, '--version'], env: {} },
    { name: 'empty script', args: [empty], env: {} },
  ]
}

/** With a token in the encrypted file of an earlier run there is one request left. */
async function warm(settingsFile, folder) {
  const ours = join(root, 'apps/daemon/todolist-daemon.cjs')
  const env = { TOKEN_CACHE: join(folder, 'token.sealed'), TOKEN_CACHE_KEY: randomBytes(32).toString('hex') }
  const args = [ours, 'token', 'get', '--config', settingsFile]
  const token = execFileSync(process.execPath, args, { env: environmentWith(env), encoding: 'utf8' }).trim()
  return [
    { name: 'node . --op getToDos, warm', args: [ours, ...op, '--config', settingsFile], env },
    {
      name: 'bare script with the token',
      args: [join(sample, 'bare.cjs')],
      env: { SETTINGS_FILE: settingsFile, TOKEN: token },
    },
  ]
}

async function measureExport({ settings, ca, total }, folder) {
  const ours = join(root, 'apps/daemon/todolist-daemon.cjs')
  const args = [ours, 'todos', 'export', join(folder, 'all.ndjson'), '--timeout', '500']
  const begin = performance.now()
  const megabytes = await peakMegabytes({ args, env: { ...settings, CLIENT_SECRET: 'made-up-secret', CA_FILE: ca } })
  const seconds = Math.round((performance.now() - begin) / 1000)
  console.log(`  export of ${total} to-dos: at most ${Math.round(megabytes)} MB (bar 150) in ${seconds} s`)
}

function compare(programs, times) {
  const bars = [
    [0, 1, 'at most 1.3'],
    [0, 2, 'at most 0.6'],
    [3, 5, 'at most 1.5'],
    [4, 5, 'at most 1.5'],
    [6, 7, 'at most 1.3'],
  ]
  for (const [ours, other, bar] of bars) {
    const ratio = median(times[ours].map((value, round) => value / times[other][round]))
    console.log(`  ${programs[ours].name} / ${programs[other].name}: ${ratio.toFixed(2)}, bar ${bar}`)
  }
}

async function compareMemory([ours, , packages]) {
  const [mine, theirs] = [[], []]
  for (let round = 0; round < memoryRounds; round += 1) {
    mine.push(await peakMegabytes(ours))
    theirs.push(await peakMegabytes(packages))
  }
  const [low, high] = [median(mine), median(theirs)]
  const words = `${Math.round(low)} MB beside ${Math.round(high)} MB`
  console.log(`  memory at most, ours beside the sample's packages: ${words}, ${(low / high).toFixed(2)}, bar 0.85`)
}

function time({ args, env }) {
  return timeToEnd(process.execPath, args, { env: environmentWith(env) })
}

async function peakMegabytes({ args, env }) {
  const options = { env: environmentWith(env), stdio: ['ignore', 'ignore', 'ignore', 'pipe'] }
  const child = spawn(process.execPath, ['--require', join(sample, 'peak.cjs'), ...args], options)
  let kilobytes = ''
  child.stdio[3].on('data', (chunk) => {
    kilobytes += chunk
  })
  await once(child, 'close')
  return Number(kilobytes) / 1024
}

/** Nothing of whoever runs this may configure the daemons. */
function environmentWith(env) {
  const { PATH, HOME, SystemRoot } = process.env
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(SystemRoot && { SystemRoot }), ...env }
}

/** Tenant and API with the tutorial's applications. */
async function startStack(data) {
  const args = [
    join(root, 'packages/tenantry/tenantry.cjs'),
    'up',
    '--data',
    data,
    '--port',
    '0',
    '--api-port',
    '0',
    '--no-web',
  ]
  const child = spawn(process.execPath, args, { env: environmentWith({}), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const up = new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += chunk
      if (said.includes('Ctrl-C stops')) resolve()
    })
    child.once('close', () => reject(new Error(`tenantry up ended:\n${said}`)))
  })
  await up
  return {
    settingsFile: join(data, 'daemon.env'),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
