import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { readCommandLine } from '../src/command-line.js'
import { exitCodes } from '../src/exit-codes.js'
import { startHealthServer } from '../src/run/health-server.js'
import { readJobsFile } from '../src/run/read-jobs.js'
import { newJobStatus } from '../src/run/status.js'
import { showSettings } from '../src/shown-settings.js'
import { daemonFolder, emptyFolder } from './stand-in/daemon-process.js'

const deployFolder = join(daemonFolder, '..', '..', 'deploy')
const read = (name: string) => readFileSync(join(deployFolder, name), 'utf8')

interface Probe {
  httpGet: { path: string; port: string }
}
interface Container {
  command: string[]
  args: string[]
  env: { name: string; value?: string }[]
  ports: { name: string; containerPort: number }[]
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
  volumeMounts: { name: string; mountPath: string }[]
}
interface Manifest {
  kind: string
  data: Record<string, string>
  spec: {
    template: {
      spec: { terminationGracePeriodSeconds: number; containers: [Container]; volumes: { name: string }[] }
    }
  }
}

const manifests = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  assert.deepEqual([document.errors, document.warnings], [[], []])
  return document.toJS() as Manifest
})
const manifest = (kind: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind)
  assert.ok(found, kind)
  return found
}

/** The options of a command line that the daemon understands. */
function runOptions(words: readonly string[]): ReadonlyMap<string, string> {
  const line = readCommandLine(words)
  assert.ok(line.kind === 'command' && line.command.name === 'run')
  return line.invocation.options
}

function assertSetting(name: string): void {
  const shown = showSettings([{ origin: 'a test', folder: '', values: { [name]: 'x' } }])
  assert.ok(name === 'NODE_ENV' || shown.some(({ setting }) => setting === name), name)
}

test('the unit starts the daemon with options it knows, and waits for it as long as its grace', () => {
  const lines = read('todolist-daemon.service')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const sections = lines.filter((line) => line.startsWith('['))
  assert.deepEqual(sections, ['[Unit]', '[Service]', '[Install]'])
  for (const line of lines) assert.match(line, /^\[\w+\]$|^[A-Z]\w+=/)
  const all = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
  const one = (key: string) => all(key)[0] ?? ''
  const [node, program = '', ...words] = one('ExecStart').split(' ')
  assert.match(node ?? '', /\/node$/)
  assert.match(program, /\/apps\/daemon\/todolist-daemon\.cjs$/)
  const options = runOptions(words)
  assert.ok(Number(one('TimeoutStopSec')) > Number(options.get('grace')))
  assert.deepEqual([one('Type'), one('NotifyAccess')], ['notify', 'all'])
  assert.equal(one('ExecReload'), '/bin/kill -HUP $MAINPID')
  for (const setting of all('Environment')) assertSetting(setting.split('=')[0] ?? '')
  const codes = Object.values(exitCodes).map(({ code }) => String(code))
  for (const code of one('RestartPreventExitStatus').split(' ')) assert.ok(codes.includes(code), code)
})

test('the manifests start the daemon with options, settings and jobs it knows', async (t) => {
  const { spec } = manifest('Deployment').spec.template
  const [container] = spec.containers
  const options = runOptions(container.args)
  assert.ok(spec.terminationGracePeriodSeconds > Number(options.get('grace')))
  assert.equal(container.ports.find(({ name }) => name === 'health')?.containerPort, Number(options.get('health-port')))
  for (const { name } of container.env) assertSetting(name)
  for (const { name } of container.volumeMounts)
    assert.ok(
      spec.volumes.some((volume) => volume.name === name),
      name,
    )
  const folder = container.volumeMounts.find(({ name }) => name === 'jobs')?.mountPath ?? ''
  const [[file, content] = ['', '']] = Object.entries(manifest('ConfigMap').data)
  assert.equal(options.get('job'), `${folder}/${file}`)
  const path = join(emptyFolder(t), file)
  writeFileSync(path, content)
  const jobs = await readJobsFile(path, 1000)
  assert.deepEqual(
    jobs.map(({ action }) => action.kind),
    ['export', 'cleanup'],
  )
})

test('the probes of the manifests ask for pages that the daemon has', async (t) => {
  const status = { started: true, stopping: false, jobs: new Map([['backup', newJobStatus()]]) }
  const token = { kind: 'fresh' as const, expiresAt: 2, renewAt: 1 }
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, { ...status, token: () => token })
  t.after(() => server.close())
  const [container] = manifest('Deployment').spec.template.spec.containers
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    assert.equal(probe.httpGet.port, 'health')
    const { status: code } = await fetch(`http://127.0.0.1:${server.port}${probe.httpGet.path}`)
    assert.equal(code, 200, probe.httpGet.path)
  }
  await assert.rejects(startHealthServer({ host: '127.0.0.1', port: server.port }, { ...status, token: () => token }), {
    message: `cannot listen on 127.0.0.1:${server.port}: the port is taken`,
    exit: 'configuration',
  })
})
