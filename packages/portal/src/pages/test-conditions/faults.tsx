import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { SelectField, TextField } from '../../controls/field.js'
import { Problem } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

interface Fault {
  readonly id: string
  readonly where: string
  readonly status?: number
  readonly action?: string
  readonly times?: number
}

const places = {
  token: 'Token endpoint',
  keys: 'Signing keys',
  discovery: 'Discovery document',
  graph: 'Microsoft Graph',
  device: 'Device code endpoint',
  'sign-in': 'Pages that users see',
}

const kinds = {
  '503': 'answers 503 Service Unavailable',
  '500': 'answers 500 Internal Server Error',
  '429': 'answers 429, Retry-After: 10',
  hang: 'never answers',
  reset: 'cuts the connection',
  slow: 'answers 3 seconds late',
}

const definitions: Readonly<Record<string, object>> = {
  '503': { status: 503 },
  '500': { status: 500 },
  '429': { status: 429, retryAfter: 10 },
  hang: { action: 'hang' },
  reset: { action: 'reset' },
  slow: { action: 'slow', delayMs: 3_000 },
}

const wordsOf = (names: Readonly<Record<string, string>>, name: string) => names[name] ?? name

export function FaultsCard() {
  const { control } = useHere()
  const { value = [], error, reload } = useLoaded('faults', () => control<readonly Fault[]>('GET', 'faults'))
  const [where, setWhere] = useState('token')
  const [kind, setKind] = useState('503')
  const [times, setTimes] = useState('3')
  const [failure, setFailure] = useState<unknown>()
  const tell = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    try {
      await control(method, path, body)
      setFailure(undefined)
      await reload()
    } catch (error_) {
      setFailure(error_)
    }
  }
  const add = () => {
    const often = times === '' ? {} : { times: Number(times) }
    return tell('POST', 'faults', { where, ...definitions[kind], ...often })
  }
  const columns: readonly Column<Fault>[] = [
    { title: 'Where', show: (fault) => wordsOf(places, fault.where) },
    { title: 'What', show: ({ status, action }) => wordsOf(kinds, String(status ?? action)) },
    { title: 'How often', show: (fault) => (fault.times === undefined ? 'Always' : `${fault.times} requests`) },
    {
      title: 'Remove',
      quiet: true,
      show: ({ id }) => (
        <IconButton icon="delete" label="Remove fault" onClick={() => void tell('DELETE', `faults/${id}`)} />
      ),
    },
  ]
  return (
    <section className="card">
      <h2>Faults</h2>
      <Problem error={failure ?? error} />
      <div className="row">
        <SelectField label="Where" value={where} onChange={setWhere} options={places} />
        <SelectField label="What happens" value={kind} onChange={setKind} options={kinds} />
        <TextField label="For so many requests" type="number" value={times} onChange={setTimes} />
      </div>
      <Commands>
        <Button icon="add" onClick={() => void add()}>
          Add fault
        </Button>
        {value.length > 0 && <Button onClick={() => void tell('DELETE', 'faults')}>Clear all</Button>}
      </Commands>
      {value.length > 0 && <Table caption="Faults" columns={columns} rows={value} idOf={({ id }) => id} />}
      <p className="hint">
        Leave the number empty for a fault that lasts. This portal uses Graph too, and will feel those.
      </p>
    </section>
  )
}
