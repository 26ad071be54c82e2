import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { isGuid } from '../api/to-do.js'
import { Failure } from '../failure.js'
import { fileReason } from '../file-failure.js'
import { isJsonObject, type JsonObject, plain } from '../outside-text.js'
import { fileFormat } from '../transfer/file-format.js'
import type { Action, Job, Timing } from './job.js'
import { scheduleOf } from './schedule.js'

const mostJobs = 100
const longestFileBytes = 1024 * 1024

/**
 * Reads the jobs of a YAML or JSON file. Relative files in it are meant relative to it. Throws a `configuration` failure that
 * names the job and member that is wrong; opens no file but this one.
 */
export async function readJobsFile(path: string, timeoutMs: number): Promise<Job[]> {
  const content = parsed(path, contentOf(path), (await import('yaml')).parse)
  const list: unknown = isJsonObject(content) ? content['jobs'] : undefined
  if (!Array.isArray(list) || list.length === 0) throw wrong(path, 'it has no list `jobs`')
  if (list.length > mostJobs) throw wrong(path, `it has more than ${mostJobs} jobs`)
  const jobs = list.map((value: unknown, index) => readJob(value, { path, index, folder: dirname(path), timeoutMs }))
  const twin = jobs.find(({ name }, index) => jobs.findIndex((other) => other.name === name) !== index)
  if (twin) throw wrong(path, `two jobs are called ${twin.name}`)
  const records = jobs.map(recordOf)
  const shared = records.find((record, index) => record !== undefined && records.indexOf(record) !== index)
  if (shared !== undefined) throw wrong(path, `two jobs have ${plain(shared)} as their record, which is one job's own`)
  return jobs
}

/** The one job of a command line, in the form it would have in a file. Throws a `configuration` failure. */
export function readJob(
  value: unknown,
  { path, index, folder, timeoutMs }: { path: string; index: number; folder: string; timeoutMs: number },
): Job {
  if (!isJsonObject(value)) throw wrong(path, `job ${index + 1} is not an object`)
  const name = nameOf(value, index)
  const problem = (why: string): Failure => wrong(path, `${name === undefined ? `job ${index + 1}` : name}: ${why}`)
  if (name === undefined) throw problem('name must be letters, digits, - and _, at most 64')
  const stranger = Object.keys(value).find((member) => !members.has(member))
  if (stranger !== undefined) throw problem(`${plain(stranger)} is not known; known: ${[...members].join(', ')}`)
  return {
    name,
    timing: readTiming(value, problem),
    jitterMs: duration(value['jitter'], 'jitter', problem) ?? 0,
    catchUp: readCatchUp(value['catchUp'], problem),
    timeoutMs: duration(value['timeout'], 'timeout', problem) ?? timeoutMs,
    action: readAction(value, { folder, problem }),
  }
}

function recordOf({ action }: Job): string | undefined {
  return action.kind === 'cleanup' ? action.age?.record : undefined
}

const actionNames = ['export', 'sync', 'cleanup'] as const
const members = new Set(['name', 'every', 'schedule', 'timeZone', 'jitter', 'catchUp', 'timeout', ...actionNames])

type Problem = (why: string) => Failure

function nameOf({ name }: JsonObject, index: number): string | undefined {
  const given = name ?? `job-${index + 1}`
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : undefined
}

function readTiming({ every, schedule, timeZone }: JsonObject, problem: Problem): Timing {
  if ((every === undefined) === (schedule === undefined))
    throw problem('it needs either `every` (as 5m) or `schedule` (a cron pattern)')
  const ms = duration(every, 'every', problem)
  if (ms !== undefined && timeZone !== undefined) throw problem('timeZone belongs to `schedule`')
  if (ms !== undefined) return { kind: 'every', ms }
  if (typeof schedule !== 'string') throw problem('schedule must be a text')
  if (timeZone !== undefined && typeof timeZone !== 'string') throw problem('timeZone must be a text')
  const timing = { kind: 'cron' as const, pattern: schedule, timeZone: timeZone ?? 'UTC' }
  try {
    scheduleOf(timing).next(0)
  } catch (error) {
    throw problem(`schedule "${plain(schedule)}": ${error instanceof Error ? plain(error.message) : 'not understood'}`)
  }
  return timing
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const longestAgeDays = 36_600

/** `30s`, `5m`, `2h`, `1d`: from a second to a year, or to `longestDays`. */
function duration(value: unknown, member: string, problem: Problem, longestDays = 366): number | undefined {
  if (value === undefined) return undefined
  const [, digits = '', unit = ''] = (typeof value === 'string' && /^(\d{1,6})([smhd])$/.exec(value)) || []
  const ms = Number(digits) * (units[unit] ?? 0)
  if (ms >= 1000 && ms <= longestDays * 86_400_000) return ms
  throw problem(`${member} must be a time from 1s to ${longestDays}d, such as 30s, 5m, 2h or 1d`)
}

function readCatchUp(value: unknown, problem: Problem): Job['catchUp'] {
  if (value === undefined || value === 'once') return 'once'
  if (value === 'never') return 'never'
  throw problem('catchUp must be once or never')
}

function readAction(job: JsonObject, { folder, problem }: { folder: string; problem: Problem }): Action {
  const [name, ...others] = actionNames.filter((action) => job[action] !== undefined)
  if (name === undefined || others.length > 0) throw problem(`it needs one of ${actionNames.join(', ')}`)
  const what: unknown = job[name]
  if (!isJsonObject(what)) throw problem(`${name} must be an object`)
  const known = name === 'cleanup' ? cleanupMembers : ['file', 'format', 'owner']
  const stranger = Object.keys(what).find((member) => !known.includes(member))
  if (stranger !== undefined) throw problem(`${name}.${plain(stranger)} is not known; known: ${known.join(', ')}`)
  const { owner } = what
  if (owner !== undefined && !(typeof owner === 'string' && isGuid(owner)))
    throw problem(`${name}.owner must be a GUID`)
  if (name === 'cleanup') return readCleanup(what, { owner, folder, problem })
  const file = text(what['file'], `${name}.file`, problem)
  const { format } = what
  if (format !== undefined && !(typeof format === 'string' && /^(ndjson|json|csv)$/.test(format)))
    throw problem(`${name}.format must be ndjson, json or csv`)
  return {
    kind: name,
    file: isAbsolute(file) ? file : resolve(folder, file),
    format: fileFormat(format, file),
    owner,
  }
}

const cleanupMembers = ['contains', 'olderThan', 'record', 'owner', 'dryRun']

function readCleanup(
  { contains, olderThan, record, dryRun = false }: JsonObject,
  { owner, folder, problem }: { owner: string | undefined; folder: string; problem: Problem },
): Action {
  if (contains === undefined && olderThan === undefined)
    throw problem('cleanup needs `contains` (a text), `olderThan` (as 90d) or both')
  if ((olderThan === undefined) !== (record === undefined))
    throw problem('cleanup.olderThan and cleanup.record (the file that remembers since when) belong together')
  if (typeof dryRun !== 'boolean') throw problem('cleanup.dryRun must be true or false')
  const ms = duration(olderThan, 'cleanup.olderThan', problem, longestAgeDays)
  return {
    kind: 'cleanup',
    contains: contains === undefined ? undefined : text(contains, 'cleanup.contains', problem),
    age: ms === undefined ? undefined : { ms, record: resolve(folder, text(record, 'cleanup.record', problem)) },
    owner,
    dryRun,
  }
}

function text(value: unknown, member: string, problem: Problem): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 4096) return value
  throw problem(`${member} is missing`)
}

function contentOf(path: string): string {
  try {
    const content = readFileSync(path, 'utf8')
    if (content.length > longestFileBytes) throw new Error(`it is larger than ${longestFileBytes} bytes`)
    return content
  } catch (error) {
    throw wrong(path, `it cannot be read: ${fileReason(error)}`)
  }
}

function parsed(path: string, content: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(content)
  } catch (error) {
    const [line = 'unknown reason'] = error instanceof Error ? error.message.split('\n') : []
    throw wrong(path, `it is not YAML: ${plain(line)}`)
  }
}

function wrong(path: string, why: string): Failure {
  return new Failure('configuration', {
    what: `the jobs in ${path} cannot be used`,
    why,
    next: 'correct it; the README of the daemon shows a file of jobs',
  })
}
