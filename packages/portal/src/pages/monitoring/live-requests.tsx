import { useEffect, useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { CheckField } from '../../controls/field.js'
import { Page } from '../../controls/page.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import { portalSku } from '../../session/calls.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

interface RequestEntry {
  readonly time: string
  readonly method: string
  readonly path: string
  readonly status: number | null
  readonly durationMs: number
  readonly clientId: string | null
  readonly scope: string | null
  readonly sku: string | null
  readonly version: string | null
  readonly errorCode: string | null
  readonly diagnosis: string | null
  readonly tooEarly: boolean
}

const everyMs = 1_500
const shown = 200

export default function LiveRequests() {
  const { control, tenant } = useHere()
  const { value, error, reload } = useLoaded('requests', () => control<readonly RequestEntry[]>('GET', 'requests'))
  const [paused, setPaused] = useState(false)
  const [withPortal, setWithPortal] = useState(false)
  useEffect(() => {
    if (paused) return
    const timer = setInterval(() => void reload(), everyMs)
    return () => clearInterval(timer)
  }, [paused, reload])
  const clear = async () => {
    await control('DELETE', 'requests')
    await reload()
  }
  const rows = value
    ?.filter(({ sku }) => withPortal || sku !== portalSku)
    .slice(-shown)
    .reverse()
  return (
    <Page title="Live requests" lead="What programs ask this tenant, as it comes, and what is behind each refusal.">
      <Commands>
        <Button onClick={() => setPaused(!paused)}>{paused ? 'Go on' : 'Pause'}</Button>
        <Button kind="quiet" icon="delete" onClick={() => void clear()}>
          Clear
        </Button>
        <CheckField label="With those of this portal" checked={withPortal} onChange={setWithPortal} />
      </Commands>
      <Problem error={error} />
      {rows === undefined && error === undefined && <Waiting />}
      {rows?.length === 0 && (
        <Nothing title="No requests yet">
          Run <code>node . --op getToDos</code>, and they appear here.
        </Nothing>
      )}
      {rows !== undefined && rows.length > 0 && (
        <Table
          caption="Requests"
          columns={columnsOf(tenant.tenantId)}
          rows={rows}
          idOf={(row) => `${row.time} ${row.path} ${row.durationMs}`}
        />
      )}
    </Page>
  )
}

const columnsOf = (tenantId: string): readonly Column<RequestEntry>[] => [
  { title: 'Time', show: ({ time }) => <span className="value">{time.slice(11, 23)}</span> },
  {
    title: 'Answer',
    show: ({ status, errorCode, diagnosis, tooEarly }) => (
      <>
        <span className={`badge ${status !== null && status < 400 ? 'good' : 'bad'}`}>
          {status ?? 'none'}
          {errorCode !== null && ` · ${errorCode}`}
        </span>
        {diagnosis !== null && <p className="diagnosis">{diagnosis}</p>}
        {tooEarly && <p className="diagnosis">The client came back before the Retry-After it was told was over.</p>}
      </>
    ),
  },
  {
    title: 'Request',
    show: ({ method, path, scope }) => (
      <>
        <span className="value long">
          {method} {path.replace(tenantId, '…')}
        </span>
        {scope !== null && <p className="hint">{scope}</p>}
      </>
    ),
  },
  { title: 'Took', show: ({ durationMs }) => <span className="whole">{durationMs.toFixed(1)} ms</span> },
  {
    title: 'Client',
    show: ({ clientId, sku, version }) => (
      <>
        <span className={clientId === null ? 'value' : 'value guid'}>{clientId ?? '–'}</span>
        {sku !== null && (
          <p className="hint">
            {sku} {version}
          </p>
        )}
      </>
    ),
  },
]
