import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { SelectField } from '../../controls/field.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { User } from '../../graph/directory-objects.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

export default function Owners({ application }: SectionProps) {
  const { graph, all } = useHere()
  const base = `applications/${application.id}/owners`
  const owners = useLoaded(base, () => all<User>(base))
  const users = useLoaded('users', () => all<User>('users?$top=100'))
  const [adding, setAdding] = useState(false)
  const [chosen, setChosen] = useState('')
  if (owners.value === undefined) return owners.error === undefined ? <Waiting /> : <Problem error={owners.error} />
  const held = new Set(owners.value.map(({ id }) => id))
  const others = (users.value ?? []).filter(({ id }) => !held.has(id))

  const add = async () => {
    await graph('POST', `${base}/$ref`, { '@odata.id': `${location.origin}/v1.0/directoryObjects/${chosen}` })
    await owners.reload()
  }
  const remove = async ({ id }: User) => {
    await graph('DELETE', `${base}/${id}/$ref`)
    await owners.reload()
  }
  const columns: readonly Column<User>[] = [
    { title: 'Name', show: ({ displayName }) => displayName },
    { title: 'User name', show: ({ userPrincipalName }) => userPrincipalName ?? '–' },
    {
      title: 'Remove',
      quiet: true,
      show: (owner) => (
        <IconButton icon="delete" label={`Remove ${owner.displayName}`} onClick={() => void remove(owner)} />
      ),
    },
  ]
  return (
    <>
      <p className="lead">Owners can view and edit this application registration.</p>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Add owners
        </Button>
      </Commands>
      <Problem error={owners.error} />
      {owners.value.length === 0 ? (
        <Nothing title="This application has no owners" />
      ) : (
        <Table caption="Owners" columns={columns} rows={owners.value} idOf={({ id }) => id} />
      )}
      {adding && (
        <Panel title="Add owners" action="Select" ready={chosen !== ''} onAction={add} onClose={() => setAdding(false)}>
          <Problem error={users.error} />
          <SelectField
            label="User"
            value={chosen}
            onChange={setChosen}
            options={{ '': 'Choose a user', ...Object.fromEntries(others.map((user) => [user.id, user.displayName])) }}
          />
        </Panel>
      )}
    </>
  )
}
