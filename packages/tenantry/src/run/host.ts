import { openDataFolder } from '@tenantry/local-tenant'
import { toFailure } from '../known-failures.js'
import type { Terminal } from '../steps.js'
import { startInFolder } from './tenant-in-folder.js'

export interface HostOptions {
  readonly data: string
  readonly port: number
}

export interface HostSurroundings {
  /** Told one line of JSON: a `Start`. */
  readonly stdout: Terminal
  /** Resolves when the process that wanted the tenants is gone, or wants nothing more. */
  readonly starterGone: Promise<unknown>
  /** Aborted when this process is told to end. */
  readonly signal: AbortSignal
}

/** What came of a start: the tenants run, somebody else's do, or they cannot. */
export type Start =
  | { readonly started: boolean }
  | { readonly failure: { readonly exitCode: number; readonly message: string; readonly next: string | null } }

/**
 * Runs the tenants of a folder for as long as a program runs beside them (`tenantry run`), in a process of its own, because it
 * outlives the run that started it while another goes on. Resolves to the exit code.
 */
export async function host(options: HostOptions, { stdout, starterGone, signal }: HostSurroundings): Promise<number> {
  const say = (start: Start) => stdout.write(`${JSON.stringify(start)}\n`)
  const notices: string[] = []
  let ended = () => {}
  const end = new Promise<void>((resolve) => {
    ended = resolve
  })
  // From the first guest on it is the guests that count; until then, whoever is about to become it.
  let awaited = true
  let guests = 0
  const closeIfUnused = async () => {
    if (awaited || guests > 0 || signal.aborted) return
    await tenant?.close({ unused: true })
    ended()
  }
  const onGuests = (count: number) => {
    awaited = false
    guests = count
    return closeIfUnused()
  }
  const farewell = () => ({ goesOn: guests > 0, notices: notices.splice(0) })
  const onNotice = (text: string) => void notices.push(text)
  const tenant = await startInFolder({
    folder: openDataFolder(options.data),
    port: options.port,
    onNotice,
    guests: { onGuests, farewell },
  }).catch((error: unknown) => {
    const { exitCode, message, next } = toFailure(error)
    say({ failure: { exitCode, message, next } })
  })
  if (tenant === undefined) return 0
  if (tenant === null) {
    say({ started: false })
    return 0
  }
  say({ started: true })
  void starterGone.then(() => {
    awaited = false
    return closeIfUnused()
  })
  // The programs of its guests go on, and load what they were given for as long as they do.
  signal.addEventListener('abort', () => void tenant.close({ unused: false }).then(ended))
  await end
  return 0
}
