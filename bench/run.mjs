import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { startProxy } from '../packages/tenantry/dist/src/run/proxy.js'
import { environment, inNewFolder, median, report, root, timeToEnd } from './measure.mjs'
import { startTenantProcess } from './server.mjs'

const rounds = 21
const tunnels = 200
const command = join(root, 'packages/tenantry/tenantry.cjs')
const discovery = { method: 'GET', path: '/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration' }

export function run() {
  return inNewFolder(async (folder) => {
    const data = join(folder, 'data')
    const empty = join(folder, 'empty.cjs')
    const preload = join(folder, 'preload.cjs')
    const keep = join(folder, 'keep.cjs')
    writeFileSync(empty, '')
    // What a run gives its program is gone when it ends, so one run keeps it for the measurements.
    writeFileSync(
      keep,
      `const { copyFileSync } = require('node:fs')
      copyFileSync(JSON.parse(/--require ("[^"]+")/.exec(process.env.NODE_OPTIONS)[1]), ${JSON.stringify(preload)})`,
    )
    mkdirSync(data)
    const server = await startTenantProcess(data, discovery)
    try {
      await timeToEnd(process.execPath, [command, 'run', '--data', data, '--', process.execPath, keep])
      const [empties, preloaded, runs] = [[], [], []]
      for (let round = 0; round < rounds; round += 1) {
        empties.push(await timeToEnd(process.execPath, [empty]))
        preloaded.push(await timeToEnd(process.execPath, ['--require', preload, empty], { env: environment }))
        runs.push(await timeToEnd(process.execPath, [command, 'run', '--data', data, '--', process.execPath, empty]))
      }
      report('empty script', empties)
      report('empty script with the preload', preloaded)
      report('tenantry run -- node empty.cjs beside a running tenant', runs)
      ratio('the preload', preloaded, empties, 1.15)
      ratio('tenantry run', runs, empties, 3)
      await measureTunnels(server.port)
    } finally {
      await server.stop()
    }
  })
}

/** New TLS connections, straight to the tenant and through the proxy, taking turns. */
async function measureTunnels(port) {
  const proxy = await startProxy({ tenantPort: () => port, userProxy: null })
  const [direct, through] = [[], []]
  for (let turn = 0; turn < tunnels; turn += 1) {
    direct.push(await timed(() => handshake(connect(port, '127.0.0.1'))))
    through.push(await timed(async () => handshake(await tunnel(proxy.port))))
  }
  await proxy.close()
  report('TLS connection to the tenant', direct.slice(20))
  report('the same through the proxy', through.slice(20))
  ratio('the proxy', through.slice(20), direct.slice(20), 1.3)
}

async function timed(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function handshake(socket) {
  return new Promise((resolve, reject) => {
    // The certificate is checked elsewhere; this is about the way there.
    const secured = connectTls({ socket, servername: 'login.microsoftonline.com', rejectUnauthorized: false })
    secured.once('error', reject)
    secured.once('secureConnect', () => {
      secured.destroy()
      resolve()
    })
  })
}

function tunnel(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('data', () => resolve(socket))
    socket.write('CONNECT login.microsoftonline.com:443 HTTP/1.1\r\nhost: login.microsoftonline.com\r\n\r\n')
  })
}

function ratio(what, measured, base, bar) {
  const value = median(measured.map((time, round) => time / base[round]))
  console.log(`  ${what}: ratio, median of the rounds: ${value.toFixed(2)}, bar ${bar}`)
}
