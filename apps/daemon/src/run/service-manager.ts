import { execFile } from 'node:child_process'

/** Tells systemd how the daemon is (sd_notify, man 3); nothing where nobody asked for it. */
export interface ServiceManager {
  ready(status: string): void
  reloading(): void
  stopping(): void
  status(text: string): void
  close(): void
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Node has no Unix datagram sockets, so the program `systemd-notify` sends each message; the unit needs NotifyAccess=all. With
 * WATCHDOG_USEC a sign of life is sent twice in that time. `warn` is told once when the program cannot be started.
 */
export function openServiceManager(environment: Environment, warn: (text: string) => void): ServiceManager {
  if (!environment['NOTIFY_SOCKET']) return nobody
  let isWarned = false
  const tell = (...assignments: string[]): void => {
    const env = { PATH: environment['PATH'], NOTIFY_SOCKET: environment['NOTIFY_SOCKET'] }
    const child = execFile('systemd-notify', assignments, { env, timeout: 5_000 }, (error) => {
      if (error && !isWarned)
        warn(`systemd-notify failed (${error.code ?? 'no code'}); systemd does not know our state`)
      isWarned ||= error !== null
    })
    child.unref()
  }
  const signOfLife = watchdogMs(environment)
  const watchdog = signOfLife === undefined ? undefined : setInterval(() => tell('WATCHDOG=1'), signOfLife)
  watchdog?.unref()
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    // Wanted by Type=notify-reload; hrtime is CLOCK_MONOTONIC.
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1', 'STATUS=stopping'),
    status: (text) => tell(`STATUS=${text}`),
    close: () => clearInterval(watchdog),
  }
}

const nobody: ServiceManager = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  status: () => undefined,
  close: () => undefined,
}

function watchdogMs({ WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: pid = '' }: Environment): number | undefined {
  if (!/^\d{4,12}$/.test(microseconds)) return undefined
  if (pid !== '' && pid !== String(process.pid)) return undefined
  return Math.floor(Number(microseconds) / 2000)
}
