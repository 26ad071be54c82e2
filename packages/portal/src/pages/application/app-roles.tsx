import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { CheckField, ChoiceField, TextField } from '../../controls/field.js'
import { Panel } from '../../controls/panel.js'
import { Nothing } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { AppRole } from '../../graph/directory-objects.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

/** The choices of the admin center, and what Graph calls them. */
const members: Readonly<Record<string, readonly string[]>> = {
  'Users/Groups': ['User'],
  Applications: ['Application'],
  'Both (Users/Groups + Applications)': ['User', 'Application'],
}

const choiceOf = (types: readonly string[]) =>
  Object.entries(members).find(([, allowed]) => allowed.join() === [...types].sort().reverse().join())?.[0] ?? ''

export default function AppRoles({ application, update }: SectionProps) {
  // null is a new one.
  const [edited, setEdited] = useState<AppRole | null>()
  const columns: readonly Column<AppRole>[] = [
    {
      title: 'Display name',
      show: (role) => (
        <button type="button" className="link" onClick={() => setEdited(role)}>
          {role.displayName}
        </button>
      ),
    },
    { title: 'Description', show: ({ description }) => description },
    { title: 'Allowed member types', show: ({ allowedMemberTypes }) => choiceOf(allowedMemberTypes) },
    { title: 'Value', show: ({ value }) => <span className="value">{value}</span> },
    { title: 'ID', show: ({ id }) => <Copied name="app role ID" value={id} /> },
    { title: 'State', show: ({ isEnabled }) => (isEnabled ? 'Enabled' : 'Disabled') },
  ]
  const save = (role: AppRole) =>
    update({ appRoles: [...application.appRoles.filter(({ id }) => id !== role.id), role] })
  return (
    <>
      <p className="lead">
        App roles are custom roles to assign permissions to users or apps. The application defines and publishes the app
        roles and interprets them as permissions during authorization.
      </p>
      <Commands>
        <Button icon="add" onClick={() => setEdited(null)}>
          Create app role
        </Button>
      </Commands>
      {application.appRoles.length === 0 ? (
        <Nothing title="No app roles have been created for this application." />
      ) : (
        <Table caption="App roles" columns={columns} rows={application.appRoles} idOf={({ id }) => id} />
      )}
      {edited !== undefined && <RolePanel role={edited} onSave={save} onClose={() => setEdited(undefined)} />}
    </>
  )
}

interface RolePanelProps {
  readonly role: AppRole | null
  readonly onSave: (role: AppRole) => Promise<void>
  readonly onClose: () => void
}

function RolePanel({ role, onSave, onClose }: RolePanelProps) {
  const { say } = useHere()
  const [displayName, setDisplayName] = useState(role?.displayName ?? '')
  const [choice, setChoice] = useState(choiceOf(role?.allowedMemberTypes ?? []))
  const [value, setValue] = useState(role?.value ?? '')
  const [description, setDescription] = useState(role?.description ?? '')
  const [isEnabled, setIsEnabled] = useState(role?.isEnabled ?? true)
  const save = async () => {
    const allowedMemberTypes = members[choice] ?? []
    const id = role?.id ?? crypto.randomUUID()
    await onSave({ id, displayName, value: value === '' ? null : value, description, isEnabled, allowedMemberTypes })
    say(`The app role ${displayName} was saved`)
  }
  return (
    <Panel
      title={role === null ? 'Create app role' : 'Edit app role'}
      action="Apply"
      ready={choice !== ''}
      onAction={save}
      onClose={onClose}
    >
      <TextField
        label="Display name"
        value={displayName}
        onChange={setDisplayName}
        required
        placeholder="e.g. Writers"
      />
      <ChoiceField
        legend="Allowed member types"
        value={choice}
        onChange={setChoice}
        options={Object.fromEntries(Object.keys(members).map((name) => [name, name]))}
      />
      <TextField label="Value" value={value} onChange={setValue} placeholder="e.g. Task.Write" hint="No spaces." />
      <TextField label="Description" value={description} onChange={setDescription} lines={3} required />
      <CheckField label="Do you want to enable this app role?" checked={isEnabled} onChange={setIsEnabled} />
    </Panel>
  )
}
