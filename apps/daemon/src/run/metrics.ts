import type { Status } from './status.js'

const prefix = 'todolist_daemon'

/** The state as Prometheus reads it (text format 0.0.4). No metric holds anything that comes from outside but names of jobs. */
export function metricsText(status: Status, residentBytes: number): string {
  const token = status.token()
  const expiresAt = token.kind === 'none' ? undefined : token.expiresAt
  const jobs = [...status.jobs]
  const each = (value: (job: (typeof jobs)[number][1]) => number | undefined): Sample[] =>
    jobs.flatMap(([name, job]) => {
      const found = value(job)
      return found === undefined ? [] : [{ labels: { job: name }, value: found }]
    })
  return [
    metric('ready_to_start', 'gauge', '1 once the first token was there', [{ value: Number(status.started) }]),
    metric('token_degraded', 'gauge', '1 while the last attempt to get a token failed', [
      { value: Number(token.kind === 'degraded') },
    ]),
    metric(
      'token_expires_timestamp_seconds',
      'gauge',
      'end of the present token',
      expiresAt === undefined ? [] : [{ value: expiresAt / 1000 }],
    ),
    metric(
      'job_runs_total',
      'counter',
      'runs that ended, by result',
      jobs.flatMap(([job, { succeeded, failed, brokenOff }]) => [
        { labels: { job, result: 'succeeded' }, value: succeeded },
        { labels: { job, result: 'failed' }, value: failed },
        { labels: { job, result: 'broken_off' }, value: brokenOff },
      ]),
    ),
    metric(
      'job_seconds_total',
      'counter',
      'time that runs took',
      each(({ seconds }) => seconds),
    ),
    metric(
      'job_running',
      'gauge',
      '1 while the job runs here',
      each(({ running }) => Number(running)),
    ),
    metric(
      'job_failing',
      'gauge',
      '1 while the last run failed',
      each(({ failing }) => Number(failing)),
    ),
    metric(
      'job_last_success_timestamp_seconds',
      'gauge',
      'end of the last run that succeeded',
      each(({ lastSuccess }) => (lastSuccess === undefined ? undefined : lastSuccess / 1000)),
    ),
    metric('resident_memory_bytes', 'gauge', 'memory of the process', [{ value: residentBytes }]),
  ].join('')
}

interface Sample {
  labels?: Readonly<Record<string, string>>
  value: number
}

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => `${prefix}_${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${prefix}_${name} ${help}\n# TYPE ${prefix}_${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
