import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readJobsFile } from '../../src/run/read-jobs.js'
import { emptyFolder } from '../stand-in/daemon-process.js'

const owner = '6232f9a3-52fc-4b6a-8f36-0c9c4b5e3d01'

function written(t: TestContext, content: string) {
  const folder = emptyFolder(t)
  const path = join(folder, 'jobs.yaml')
  writeFileSync(path, content)
  return { folder, path }
}

test('a file of jobs is read, its files meant relative to it', async (t) => {
  const { folder, path } = written(
    t,
    `jobs:
  - { name: backup, schedule: '0 3 * * *', timeZone: Europe/Berlin, jitter: 30s, catchUp: never, timeout: 10m, export: { file: out/all.csv } }
  - { every: 2h, sync: { file: /abs/wanted, format: csv, owner: ${owner} } }
  - { every: 1d, cleanup: { contains: '[done]' } }
  - { every: 1d, cleanup: { olderThan: 400d, record: old.seen, dryRun: true } }`,
  )
  assert.deepEqual(await readJobsFile(path, 5000), [
    {
      name: 'backup',
      timing: { kind: 'cron', pattern: '0 3 * * *', timeZone: 'Europe/Berlin' },
      jitterMs: 30_000,
      catchUp: 'never',
      timeoutMs: 600_000,
      action: { kind: 'export', file: join(folder, 'out/all.csv'), format: 'csv', owner: undefined },
    },
    {
      name: 'job-2',
      timing: { kind: 'every', ms: 7_200_000 },
      jitterMs: 0,
      catchUp: 'once',
      timeoutMs: 5000,
      action: { kind: 'sync', file: '/abs/wanted', format: 'csv', owner },
    },
    {
      name: 'job-3',
      timing: { kind: 'every', ms: 86_400_000 },
      jitterMs: 0,
      catchUp: 'once',
      timeoutMs: 5000,
      action: { kind: 'cleanup', contains: '[done]', age: undefined, owner: undefined, dryRun: false },
    },
    {
      name: 'job-4',
      timing: { kind: 'every', ms: 86_400_000 },
      jitterMs: 0,
      catchUp: 'once',
      timeoutMs: 5000,
      action: {
        kind: 'cleanup',
        contains: undefined,
        age: { ms: 400 * 86_400_000, record: join(folder, 'old.seen') },
        owner: undefined,
        dryRun: true,
      },
    },
  ])
})

const good = '{ name: a, every: 1m, export: { file: x } }'
for (const [content, why] of [
  ['jobs: []', 'it has no list `jobs`'],
  ['a: [', /it is not YAML: /],
  ['jobs: [7]', 'job 1 is not an object'],
  [`jobs: [${good}, ${good}]`, 'two jobs are called a'],
  [`jobs: [${Array.from({ length: 101 }, () => good).join()}]`, 'it has more than 100 jobs'],
  [
    "jobs: [{ name: 'a b', every: 1m, export: { file: x } }]",
    'job 1: name must be letters, digits, - and _, at most 64',
  ],
  ['jobs: [{ name: a, evry: 1m, export: { file: x } }]', /^a: evry is not known; known: name, every, schedule/],
  ['jobs: [{ name: a, export: { file: x } }]', 'a: it needs either `every` (as 5m) or `schedule` (a cron pattern)'],
  ["jobs: [{ name: a, every: 1m, schedule: '* * * * *', export: { file: x } }]", /^a: it needs either/],
  ['jobs: [{ name: a, every: 0s, export: { file: x } }]', /^a: every must be a time from 1s to 366d/],
  ['jobs: [{ name: a, every: 5, export: { file: x } }]', /^a: every must be a time from 1s to 366d/],
  ['jobs: [{ name: a, every: 1m, timeZone: UTC, export: { file: x } }]', 'a: timeZone belongs to `schedule`'],
  ["jobs: [{ name: a, schedule: 'x', export: { file: x } }]", /^a: schedule "x": /],
  [
    "jobs: [{ name: a, schedule: '* * * * *', timeZone: Mars/Base, export: { file: x } }]",
    /^a: schedule "\* \* \* \* \*": /,
  ],
  ['jobs: [{ name: a, every: 1m, catchUp: twice, export: { file: x } }]', 'a: catchUp must be once or never'],
  ['jobs: [{ name: a, every: 1m }]', 'a: it needs one of export, sync, cleanup'],
  ['jobs: [{ name: a, every: 1m, export: { file: x }, cleanup: { contains: y } }]', /^a: it needs one of/],
  ['jobs: [{ name: a, every: 1m, export: x }]', 'a: export must be an object'],
  [
    'jobs: [{ name: a, every: 1m, export: { file: x, contains: y } }]',
    /^a: export\.contains is not known; known: file/,
  ],
  ['jobs: [{ name: a, every: 1m, export: { format: csv } }]', 'a: export.file is missing'],
  ['jobs: [{ name: a, every: 1m, export: { file: x, format: xml } }]', 'a: export.format must be ndjson, json or csv'],
  ['jobs: [{ name: a, every: 1m, cleanup: { contains: " " } }]', 'a: cleanup.contains is missing'],
  ['jobs: [{ name: a, every: 1m, cleanup: { owner: me } }]', 'a: cleanup.owner must be a GUID'],
  [
    'jobs: [{ name: a, every: 1m, cleanup: { dryRun: true } }]',
    'a: cleanup needs `contains` (a text), `olderThan` (as 90d) or both',
  ],
  [
    'jobs: [{ name: a, every: 1m, cleanup: { olderThan: 1d } }]',
    /^a: cleanup\.olderThan and cleanup\.record .+ belong/,
  ],
  ['jobs: [{ name: a, every: 1m, cleanup: { contains: x, record: y } }]', /^a: cleanup\.olderThan and cleanup\.record/],
  [
    'jobs: [{ name: a, every: 1m, cleanup: { olderThan: 7w, record: y } }]',
    /^a: cleanup\.olderThan must be a time from 1s to 36600d/,
  ],
  [
    'jobs: [{ name: a, every: 1m, cleanup: { contains: x, dryRun: maybe } }]',
    'a: cleanup.dryRun must be true or false',
  ],
  [
    'jobs: [{ name: a, every: 1m, cleanup: { olderThan: 1d, record: y } }, { name: b, every: 1m, cleanup: { olderThan: 2d, record: y } }]',
    /^two jobs have .+y as their record, which is one job's own$/,
  ],
  ['jobs: [{ name: a, every: 1m, cleanup: { contains: x, owner: me } }]', 'a: cleanup.owner must be a GUID'],
] as const) {
  test(`jobs ${content.slice(0, 90)} are refused`, async (t) => {
    const { path } = written(t, content)
    await assert.rejects(readJobsFile(path, 1000), (error: Error & { exit?: string }) => {
      assert.equal(error.exit, 'configuration')
      const told = error.message.replace(`the jobs in ${path} cannot be used: `, '')
      if (typeof why === 'string') assert.equal(told, why)
      else assert.match(told, why)
      return true
    })
  })
}

test('a file of jobs that is not there is told', async () => {
  await assert.rejects(readJobsFile('/nowhere/jobs.yaml', 1000), {
    message: /it cannot be read: there is no such file or folder$/,
  })
})
