import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { SelectField, TextField } from '../../controls/field.js'
import { Panel } from '../../controls/panel.js'
import { Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { UserFlowAttribute } from '../../graph/directory-objects.js'
import { useAttempts } from '../../session/attempt.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

const path = 'identity/userFlowAttributes'
const dataTypes = { string: 'String', boolean: 'Boolean', int64: 'Int' }

/** What every tenant can ask for, and what this one has added. */
export function CustomAttributes() {
  const { graph, all } = useHere()
  const { value, error, reload } = useLoaded(path, () => all<UserFlowAttribute>(path))
  const [adding, setAdding] = useState(false)
  const removal = useAttempts()
  const remove = async ({ id }: UserFlowAttribute) => {
    await graph('DELETE', `${path}/${id}`)
    await reload()
  }
  const columns: readonly Column<UserFlowAttribute>[] = [
    { title: 'Name', show: ({ displayName }) => displayName },
    { title: 'Data type', show: ({ dataType }) => dataTypes[dataType] },
    { title: 'Description', show: ({ description }) => description },
    {
      title: 'Attribute type',
      show: ({ userFlowAttributeType }) => (userFlowAttributeType === 'builtIn' ? 'Built-in' : 'Custom'),
    },
    { title: 'ID', show: ({ id }) => <span className="value">{id}</span> },
    {
      title: 'Delete',
      quiet: true,
      show: (attribute) =>
        attribute.userFlowAttributeType === 'custom' && (
          <IconButton
            icon="delete"
            label={`Delete ${attribute.displayName}`}
            onClick={() => removal.attempt(() => remove(attribute))}
          />
        ),
    },
  ]
  return (
    <>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Add
        </Button>
      </Commands>
      <Problem error={error ?? removal.error} />
      {value === undefined ? (
        error === undefined && <Waiting />
      ) : (
        <Table caption="User attributes" columns={columns} rows={value} idOf={({ id }) => id} />
      )}
      {adding && <NewAttribute onDone={reload} onClose={() => setAdding(false)} />}
    </>
  )
}

function NewAttribute({ onDone, onClose }: { readonly onDone: () => Promise<void>; readonly onClose: () => void }) {
  const { graph, say } = useHere()
  const [displayName, setDisplayName] = useState('')
  const [description, setDescription] = useState('')
  const [dataType, setDataType] = useState('string')
  const create = async () => {
    await graph('POST', path, { displayName, description, dataType })
    say(`${displayName} was added`)
    await onDone()
  }
  return (
    <Panel title="Add an attribute" action="Create" onAction={create} onClose={onClose}>
      <TextField label="Name" value={displayName} onChange={setDisplayName} required />
      <SelectField label="Data Type" value={dataType} onChange={setDataType} options={dataTypes} />
      <TextField label="Description" value={description} onChange={setDescription} />
    </Panel>
  )
}
