import { type Layer, readConfiguration } from '../configuration.js'
import { checks, failed } from '../doctor/checks.js'
import { findOut } from '../doctor/find-out.js'
import type { Verdict } from '../doctor/findings.js'
import { asFailure, Failure } from '../failure.js'
import { readSettingsFile } from '../settings-files.js'
import { showSettings } from '../shown-settings.js'
import { readProxies } from '../transport/proxy.js'
import type { Call, Result } from './command.js'

/** One row for each check, whatever came before; the first fault decides about the exit code. */
export async function examine(call: Call): Promise<Result> {
  const settings = await judgeSettings(call)
  if (settings.status === 'failed')
    return report(call, [row('config', settings), ...checks.map(({ name }) => row(name, unasked))])
  const { world, signal } = call
  return call.inSession(
    async (session) => {
      const platform = world.operatingSystem().platform
      const findings = await findOut(session, { env: world.env, now: world.now, signal, platform })
      return report(call, [row('config', settings), ...checks.map(({ name, judge }) => row(name, judge(findings)))])
    },
    { uncached: true },
  )
}

const unasked: Verdict = { status: 'skipped', detail: 'the settings come first' }

async function judgeSettings(call: Call): Promise<Verdict> {
  try {
    const layers = await call.layers()
    readConfiguration(layers, readSettingsFile)
    readProxies(call.world.env)
    return { status: 'ok', detail: `the settings are complete (${originsInUse(layers).join(', ')})` }
  } catch (error) {
    return failed(asFailure(error))
  }
}

/** The layers from which a setting really comes. */
function originsInUse(layers: readonly Layer[]): string[] {
  const settings = showSettings(layers)
  return layers
    .map(({ origin }) => origin)
    .filter((origin) => settings.some((shown) => shown.origin === origin || shown.origin.endsWith(` in ${origin}`)))
}

interface Row {
  check: string
  verdict: Verdict
}

function row(check: string, verdict: Verdict): Row {
  return { check, verdict }
}

function report({ correlationId }: Call, rows: readonly Row[]): Result {
  const value = rows.map(({ check, verdict: { status, detail, fix = '' } }) => ({ check, status, detail, fix }))
  const fault = rows.find(({ verdict }) => verdict.status === 'failed')
  if (fault) return { value, failure: asFault(fault).withCorrelationId(correlationId) }
  return rows.some(({ verdict }) => verdict.status === 'warning') ? { value, exit: 'warnings' } : { value }
}

function asFault({ check, verdict: { detail, fix = '', exit = 'unexpected', ids = [] } }: Row): Failure {
  return new Failure(exit, { what: `doctor: ${check}`, why: detail, next: fix, ids })
}
