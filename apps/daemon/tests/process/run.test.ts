import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { emptyFolder, runDaemon, settingsFor } from '../stand-in/daemon-process.js'
import { noRedis, startRedis } from '../stand-in/redis.js'
import { logOf, page, type Running, type Start, startDaemon } from '../stand-in/running-daemon.js'
import { entraError, type Reply, type Services, startServices, tutorialToDos } from '../stand-in/services.js'
import { someOwner, toDoApi } from '../stand-in/to-do-api.js'

const noSignals = process.platform === 'win32' && 'Windows has no such signals'

test('run --once exports to a file, tells the numbers on stdout and one JSON object a line on stderr', async (t) => {
  const api = toDoApi(250)
  const services = await startServices(t, () => ({ api: api.reply }))
  const cwd = emptyFolder(t)
  const ended = await runDaemon({ args: ['run', 'export', 'all.ndjson', '--once'], env: settingsFor(services), cwd })
  assert.equal(ended.code, 0)
  assert.deepEqual(JSON.parse(ended.stdout), [{ job: 'export', action: 'export', result: 'done', exported: 250 }])
  assert.equal(readFileSync(join(cwd, 'all.ndjson'), 'utf8').trim().split('\n').length, 250)
  assert.deepEqual(readdirSync(cwd), ['all.ndjson'])
  const [line] = logOf(ended.stderr)
  assert.deepEqual([line?.['level'], line?.['message'], line?.['exported']], ['info', 'job done', 250])
})

test('sync makes what is missing, as often as the file has it, and a second time nothing', async (t) => {
  const api = toDoApi(3)
  const services = await startServices(t, () => ({ api: api.reply }))
  const cwd = emptyFolder(t)
  const rows = ['To-do 2', 'new', 'twice', 'twice'].map((description) => `${description},${someOwner.toUpperCase()}`)
  writeFileSync(join(cwd, 'wanted.csv'), `description,owner\n${rows.join('\n')}\n`)
  for (const made of [3, 0]) {
    const ended = await runDaemon({ args: ['run', 'sync', 'wanted.csv', '--once'], env: settingsFor(services), cwd })
    assert.deepEqual(JSON.parse(ended.stdout), [{ job: 'sync', action: 'sync', result: 'done', records: 4, made }])
  }
  assert.equal(api.stored.size, 6)
})

test('a record without an owner is refused before anything is made', async (t) => {
  const api = toDoApi()
  const services = await startServices(t, () => ({ api: api.reply }))
  const cwd = emptyFolder(t)
  writeFileSync(join(cwd, 'wanted.csv'), 'description\nnew\n')
  const env = settingsFor(services)
  const refused = await runDaemon({ args: ['run', 'sync', 'wanted.csv', '--once'], env, cwd })
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /cannot be synchronized: a record has no owner, and the job names none\. Next: /)
  assert.equal(api.stored.size, 0)
  const made = await runDaemon({ args: ['run', 'sync', 'wanted.csv', '--once', '--owner', someOwner], env, cwd })
  assert.deepEqual([made.code, api.stored.size], [0, 1])
})

test('cleanup deletes what has the text in it, and nothing else even if the API sends more', async (t) => {
  const api = toDoApi(12)
  const services = await startServices(t, () => ({
    // An API that does not know the filter.
    api: (request) => api.answer({ ...request, path: request.path.replace(/[?&]q=[^&]*/, '') }),
  }))
  const args = ['run', 'cleanup', '--contains', 'do 1', '--once']
  const ended = await runDaemon({ args, env: settingsFor(services) })
  assert.deepEqual(JSON.parse(ended.stdout), [{ job: 'cleanup', action: 'cleanup', result: 'done', deleted: 4 }])
  assert.deepEqual([...api.stored.keys()], [2, 3, 4, 5, 6, 7, 8, 9])
})

test('an API whose list does not ascend, or that tells no time, is not believed about ages, and nothing is deleted', async (t) => {
  const cwd = emptyFolder(t)
  const args = ['run', 'cleanup', '--older-than', '1s', '--record', 'seen', '--once']
  for (const [change, why] of [
    [{ body: [...tutorialToDos].reverse() }, /its to-dos do not ascend by id/],
    [{ body: tutorialToDos, headers: { date: 'once' } }, /it does not tell what time it is/],
  ] as const) {
    const services = await startServices(t, () => ({ api: change }))
    const ended = await runDaemon({ args, env: settingsFor(services), cwd })
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, why)
    assert.deepEqual(readdirSync(cwd), [])
    assert.ok(services.seen.every(({ method }) => method !== 'DELETE'))
  }
})

test('run --once ends with the exit code of the first job that failed, after all had their turn', async (t) => {
  const api = toDoApi(1)
  const services = await startServices(t, () => ({ api: api.reply }))
  const cwd = emptyFolder(t)
  writeFileSync(
    join(cwd, 'jobs.yaml'),
    'jobs:\n  - { name: bad, every: 1d, sync: { file: none.csv } }\n  - { name: good, every: 1d, export: { file: out.json } }\n',
  )
  const ended = await runDaemon({ args: ['run', '--job', 'jobs.yaml', '--once'], env: settingsFor(services), cwd })
  assert.equal(ended.code, 2)
  assert.deepEqual(JSON.parse(ended.stdout), [
    { job: 'bad', action: 'sync', result: 'usage' },
    { job: 'good', action: 'export', result: 'done', exported: 1 },
  ])
})

for (const [args, message] of [
  [['run'], /there is nothing to do\. Next: name a job/],
  [['run', 'export', 'x', '--job', 'jobs.yaml'], /--job names a file of jobs, so the command line cannot/],
  [['run', 'export', 'x', '--every', '5x'], /line: --every must be a time from 1s to 366d/],
  [['run', 'export'], /line: run export needs <file> and --every <time>, --schedule <cron> or --once\. Next: add </],
  [['run', 'sync', 'x'], /line: run sync needs --every <time>, --schedule <cron> or --once\. Next: add --every/],
  [['run', 'export', 'x', '--every', '5m', '--schedule', '* * * * *'], /line: --every and --schedule both say when/],
  [['run', 'export', 'x', '--every', '5m', '--time-zone', 'UTC'], /line: --time-zone belongs to --schedule\. Next/],
  [['run', 'export', 'x', '--schedule', '61 * * * *'], /line: --schedule "61 \* \* \* \*"/],
  [['run', 'export', 'x', '--once', '--contains', 'y'], /line: --contains is not known; known: file, format, owner/],
  [['run', 'export', '--once'], /line: run export needs <file>\. Next: add <file>/],
  [
    ['run', 'cleanup', '--once'],
    /line: run cleanup needs --contains <text> or --older-than <time> with --record <file>\./,
  ],
  [['run', 'cleanup', '--once', '--older-than', '9d'], /line: run cleanup needs --record <file>\. Next: add --record/],
  [['run', 'cleanup', '--once', '--older-than', 'x', '--record', 'y'], /line: --older-than must be a time from 1s/],
  [['run', 'export', 'x', '--once', '--dry-run'], /line: --dry-run is not known; known: file, format, owner/],
  [['run', 'export', 'x', '--once', '--health-host', '::1'], /--health-host needs --health-port/],
] as const) {
  test(`${args.join(' ')} is refused before anything is sent`, async (t) => {
    const services = await startServices(t)
    const ended = await runDaemon({ args, env: settingsFor(services) })
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, message)
    assert.deepEqual([ended.stdout, services.seen], ['', []])
  })
}

test('jobs are done on time with one token, health and metrics tell of them, and SIGTERM ends with 0', {
  skip: noSignals,
}, async (t) => {
  const api = toDoApi(2)
  const services = await startServices(t, () => ({ api: api.reply }))
  const cwd = emptyFolder(t)
  const daemon = startRunning(t, ['export', 'all.json', '--every', '1s', '--health-port', '0'], { services, cwd })
  const { port } = await daemon.told('health and metrics')
  await daemon.told('ready')
  await daemon.told('job done')
  await daemon.told('job done')
  assert.deepEqual(await page(port, '/livez'), [200, '{"alive":true}\n'])
  assert.deepEqual(await page(port, '/startupz'), [200, '{"started":true}\n'])
  assert.deepEqual(await page(port, '/readyz'), [
    200,
    '{"ready":true,"started":true,"stopping":false,"token":"fresh","failingJobs":[]}\n',
  ])
  const [status, metrics] = await page(port, '/metrics')
  assert.equal(status, 200)
  assert.match(metrics, /^todolist_daemon_job_runs_total\{job="export",result="succeeded"\} [2-9]$/m)
  assert.match(metrics, /^todolist_daemon_token_degraded 0$/m)
  assert.equal((await page(port, '/elsewhere'))[0], 404)
  assert.equal(await daemon.end('SIGTERM'), 0)
  assert.equal(services.seen.filter(({ method }) => method === 'POST').length, 1)
  assert.deepEqual(daemon.log().at(-1)?.['message'], 'stopped')
})

test('SIGTERM lets a running job end', { skip: noSignals }, async (t) => {
  const api = toDoApi(1)
  let asked = 0
  const services = await startServices(t, () => ({
    api: (request) => (asked++ === 0 ? busy : api.answer(request)),
  }))
  const cwd = emptyFolder(t)
  const daemon = startRunning(t, ['export', 'all.json', '--every', '1d', '--verbose'], { services, cwd })
  await daemon.told('API: answered 503')
  assert.equal(await daemon.end('SIGTERM'), 0)
  assert.equal((JSON.parse(readFileSync(join(cwd, 'all.json'), 'utf8')) as unknown[]).length, 1)
})

test('a job that does not end within the time of grace is broken off, and the old file stays', {
  skip: noSignals,
}, async (t) => {
  const services = await startServices(t, () => ({ api: 'silence' }))
  const cwd = emptyFolder(t)
  writeFileSync(join(cwd, 'all.json'), 'old')
  const args = ['export', 'all.json', '--every', '1d', '--grace', '1', '--verbose']
  const daemon = startRunning(t, args, { services, cwd })
  await daemon.told('API: asking')
  assert.equal(await daemon.end('SIGTERM'), 143)
  assert.deepEqual([readFileSync(join(cwd, 'all.json'), 'utf8'), readdirSync(cwd)], ['old', ['all.json']])
  assert.match(daemon.stderr(), /a job was broken off: it did not end within the 1 s of --grace/)
})

test('a second signal ends the process at once', { skip: noSignals }, async (t) => {
  const services = await startServices(t, () => ({ api: 'silence' }))
  const args = ['export', 'all.json', '--every', '1d', '--verbose', '--health-port', '0']
  const daemon = startRunning(t, args, { services, cwd: emptyFolder(t) })
  const { port } = await daemon.told('health and metrics')
  await daemon.told('API: asking')
  daemon.child.kill('SIGTERM')
  while (!(await page(port, '/readyz'))[1].includes('"stopping":true'));
  assert.equal(await daemon.end('SIGTERM'), null)
  assert.equal(daemon.child.signalCode, 'SIGTERM')
})

test('an authority that is unavailable at the start is waited for', { skip: noSignals }, async (t) => {
  const api = toDoApi(1)
  let asked = 0
  const services = await startServices(t, ({ accessToken }) => ({
    api: api.answer,
    token: () =>
      asked++ < 3
        ? { status: 503, body: {} }
        : { body: { token_type: 'Bearer', expires_in: 3599, access_token: accessToken } },
  }))
  const args = ['export', 'all.json', '--every', '1d', '--health-port', '0']
  const daemon = startRunning(t, args, { services, cwd: emptyFolder(t) })
  const { port } = await daemon.told('health and metrics')
  const failure = await daemon.told('no access token: the authority is unavailable or throttles (HTTP 503)')
  assert.equal(failure['code'], 'unavailable')
  assert.equal((await page(port, '/startupz'))[0], 503)
  assert.equal((await page(port, '/livez'))[0], 200)
  await daemon.told('job done')
  assert.equal((await page(port, '/readyz'))[0], 200)
  assert.equal(await daemon.end('SIGINT'), 0)
})

test('with --once nothing is waited for', async (t) => {
  const services = await startServices(t, () => ({ token: { status: 503, body: {} } }))
  const ended = await runDaemon({ args: ['run', 'export', 'x', '--once'], env: settingsFor(services) })
  assert.equal(ended.code, 8)
})

test('a refused credential ends the daemon with 4', async (t) => {
  const services = await startServices(t, () => ({ token: entraError(401, 'invalid_client', 7000215, 'No.') }))
  const ended = await runDaemon({ args: ['run', 'export', 'x', '--every', '1d'], env: settingsFor(services) })
  assert.equal(ended.code, 4)
})

test('SIGHUP reads jobs and settings again; wrong ones leave everything as it was', { skip: noSignals }, async (t) => {
  const api = toDoApi(1)
  const services = await startServices(t, () => ({ api: api.answer }))
  const cwd = emptyFolder(t)
  const jobs = join(cwd, 'jobs.yaml')
  const secretFile = join(cwd, 'secret')
  const write = (name: string) =>
    writeFileSync(jobs, `jobs: [{ name: ${name}, every: 1d, export: { file: ${name}.json } }]`)
  write('one')
  writeFileSync(secretFile, 'first-secret')
  const settings = { ...settingsFor(services), CLIENT_SECRET: undefined, CLIENT_SECRET_FILE: secretFile }
  const daemon = startRunning(t, ['--job', 'jobs.yaml'], { services, cwd, settings })
  assert.equal((await daemon.told('job done'))['job'], 'one')
  writeFileSync(jobs, 'jobs: []')
  daemon.child.kill('SIGHUP')
  const failure = await daemon.told(`the jobs in ${jobs} cannot be used: it has no list \`jobs\``)
  assert.equal(failure['kept'], 'the settings as they were')
  write('two')
  writeFileSync(secretFile, 'second-secret')
  daemon.child.kill('SIGHUP')
  await daemon.told('settings read again')
  assert.equal((await daemon.told('job done'))['job'], 'two')
  assert.equal(await daemon.end('SIGTERM'), 0)
  const forms = services.seen.filter(({ method }) => method === 'POST').map(({ body }) => new URLSearchParams(body))
  assert.deepEqual(
    forms.map((form) => form.get('client_secret')),
    ['first-secret', 'second-secret'],
  )
})

test('systemd is told when the daemon is ready, reads settings again and stops, and that it lives', {
  skip: noSignals,
}, async (t) => {
  const api = toDoApi(1)
  const services = await startServices(t, () => ({ api: api.answer }))
  const cwd = emptyFolder(t)
  const bin = join(cwd, 'bin')
  const told = join(cwd, 'told')
  mkdirSync(bin)
  // In place of the real program, whose messages only a datagram socket could receive, which Node has none of.
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> ${told}\n`)
  chmodSync(join(bin, 'systemd-notify'), 0o700)
  const settings = {
    ...settingsFor(services),
    NOTIFY_SOCKET: '/run/notify',
    WATCHDOG_USEC: '200000',
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  }
  const daemon = startRunning(t, ['export', 'all.json', '--every', '1d'], { services, cwd, settings })
  await daemon.told('job done')
  const lines = () => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [])
  const wait = async (pattern: RegExp) => {
    while (!lines().some((line) => pattern.test(line))) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await wait(/^\/run\/notify READY=1 STATUS=1 job scheduled$/)
  await wait(/^\/run\/notify WATCHDOG=1$/)
  daemon.child.kill('SIGHUP')
  await wait(/^\/run\/notify RELOADING=1 MONOTONIC_USEC=\d+$/)
  await wait(/^\/run\/notify READY=1 STATUS=settings read again$/)
  assert.equal(await daemon.end('SIGTERM'), 0)
  await wait(/^\/run\/notify STOPPING=1 STATUS=stopping$/)
})

test('of three replicas one does the job, and a later one knows that it was done', {
  skip: noRedis || noSignals,
}, async (t) => {
  const api = toDoApi(1)
  const services = await startServices(t, () => ({ api: api.answer }))
  const { url } = await startRedis(t)
  const cwd = emptyFolder(t)
  const settings = { ...settingsFor(services), JOB_LOCK: url }
  const args = ['export', 'all.json', '--every', '1d', '--verbose']
  const replicas = [1, 2, 3].map(() => startRunning(t, args, { services, cwd, settings }))
  await Promise.race(replicas.map((replica) => replica.told('job done')))
  assert.deepEqual(await Promise.all(replicas.map((replica) => replica.end('SIGTERM'))), [0, 0, 0])
  const done = () => services.seen.filter(({ path }) => path.includes('/api/')).length
  assert.equal(done(), 1)
  const later = startRunning(t, args, { services, cwd, settings })
  await later.told('ready')
  assert.equal(await later.end('SIGTERM'), 0)
  assert.equal(done(), 1)
})

/** A daemon that stays, with the settings of the stand-in services. */
function startRunning(
  t: TestContext,
  args: readonly string[],
  { services, cwd, settings = settingsFor(services) }: { services: Services } & Pick<Start, 'cwd'> & Partial<Start>,
): Running {
  return startDaemon(t, args, { cwd, settings })
}

const busy: Reply = { status: 503, headers: { 'retry-after': '1' }, body: '' }
