import type { DesiredState, Identity } from '@tenantry/app-registration'
import type { DataFolder } from '@tenantry/local-tenant'

const fileName = 'apps.state.json'

/** What was registered, by uniqueName. Holds no secret. */
export type State = Readonly<Record<string, RecordedApplication>>

export interface RecordedApplication {
  readonly appId: string
  readonly objectId: string
  readonly servicePrincipalId: string | null
  /** It existed before, and so is not ours to destroy. */
  readonly adopted: boolean
}

export interface StateFile {
  read(): State
  /** Records an application as soon as it is known, so that a run which ends early leaves nothing unrecorded. */
  record(uniqueName: string, identity: Identity, desired: DesiredState): void
  forget(uniqueName: string): void
}

/** A file that is damaged counts as empty: the next apply finds the applications again and records them. */
export function stateFile(folder: DataFolder, tenantId: string): StateFile {
  const read = (): State => readState(folder.read(fileName), tenantId)
  const write = (applications: State) =>
    void folder.write(fileName, `${JSON.stringify({ tenantId, applications }, null, 2)}\n`)
  return {
    read,
    record(uniqueName, { appId, objectId, servicePrincipalId = null }, { applications }) {
      const adopted = applications.find((wanted) => wanted.uniqueName === uniqueName)?.appId !== undefined
      const entry: RecordedApplication = { appId, objectId, servicePrincipalId, adopted }
      const before = read()
      if (JSON.stringify(before[uniqueName]) !== JSON.stringify(entry)) write({ ...before, [uniqueName]: entry })
    },
    forget(uniqueName) {
      const { [uniqueName]: _, ...others } = read()
      write(others)
    },
  }
}

function readState(text: string | undefined, tenantId: string): State {
  const document = parse(text ?? '{}')
  // Another tenant's applications are none of this one's, even in the same folder.
  if (document['tenantId'] !== tenantId || !isObject(document['applications'])) return {}
  const entries = Object.entries(document['applications'])
  return Object.fromEntries(entries.flatMap(([name, value]) => (isRecorded(value) ? [[name, value]] : [])))
}

function parse(text: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(text)
    return isObject(document) ? document : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRecorded(value: unknown): value is RecordedApplication {
  if (!isObject(value)) return false
  const { appId, objectId, servicePrincipalId, adopted } = value
  const hasIds = typeof appId === 'string' && typeof objectId === 'string'
  return (
    hasIds && (servicePrincipalId === null || typeof servicePrincipalId === 'string') && typeof adopted === 'boolean'
  )
}
