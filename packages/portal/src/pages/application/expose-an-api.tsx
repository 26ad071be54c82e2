import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { CheckField, ChoiceField, TextField } from '../../controls/field.js'
import { Panel } from '../../controls/panel.js'
import { Nothing } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { PermissionScope } from '../../graph/directory-objects.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

export default function ExposeAnApi(props: SectionProps) {
  return (
    <>
      <ApplicationIdUri {...props} />
      <Scopes {...props} />
    </>
  )
}

function ApplicationIdUri({ application, update }: SectionProps) {
  const { say } = useHere()
  const [current] = application.identifierUris
  const [editing, setEditing] = useState(false)
  const [uri, setUri] = useState(current ?? `api://${application.appId}`)
  const save = async () => {
    await update({ identifierUris: [uri, ...application.identifierUris.slice(1)] })
    say('The Application ID URI was saved')
  }
  return (
    <>
      <dl className="facts card wide">
        <div>
          <dt>Application ID URI</dt>
          <dd>
            {current === undefined ? (
              <Button icon="add" onClick={() => setEditing(true)}>
                Add
              </Button>
            ) : (
              <>
                <Copied name="Application ID URI" value={current} />
                <Button kind="quiet" onClick={() => setEditing(true)}>
                  Edit
                </Button>
              </>
            )}
          </dd>
        </div>
      </dl>
      {editing && (
        <Panel
          title={current === undefined ? 'Add an Application ID URI' : 'Edit application ID URI'}
          action="Save"
          onAction={save}
          onClose={() => setEditing(false)}
        >
          <TextField
            label="Application ID URI"
            hint="The globally unique URI used to identify this web API. It is the prefix for scopes and the audience of version 1 tokens."
            value={uri}
            onChange={setUri}
            required
          />
        </Panel>
      )}
    </>
  )
}

const empty = {
  value: '',
  type: 'Admin',
  adminConsentDisplayName: '',
  adminConsentDescription: '',
  userConsentDisplayName: '',
  userConsentDescription: '',
  isEnabled: true,
}

function Scopes({ application, update }: SectionProps) {
  const scopes = application.api.oauth2PermissionScopes
  const [edited, setEdited] = useState<PermissionScope | null>()
  const uri = application.identifierUris[0]
  const columns: readonly Column<PermissionScope>[] = [
    {
      title: 'Scopes',
      show: (scope) => (
        <button type="button" className="link" onClick={() => setEdited(scope)}>
          {uri === undefined ? scope.value : `${uri}/${scope.value}`}
        </button>
      ),
    },
    { title: 'Who can consent', show: ({ type }) => (type === 'Admin' ? 'Admins only' : 'Admins and users') },
    { title: 'Admin consent display name', show: ({ adminConsentDisplayName }) => adminConsentDisplayName },
    { title: 'State', show: ({ isEnabled }) => (isEnabled ? 'Enabled' : 'Disabled') },
  ]
  return (
    <>
      <h2>Scopes defined by this API</h2>
      <p>
        Define custom scopes to restrict access to data and functionality protected by the API. What programs may do
        without a user is an app role.
      </p>
      <Commands>
        <Button icon="add" onClick={() => setEdited(null)}>
          Add a scope
        </Button>
      </Commands>
      {scopes.length === 0 ? (
        <Nothing title="No scopes have been defined" />
      ) : (
        <Table caption="Scopes" columns={columns} rows={scopes} idOf={({ id }) => id} />
      )}
      {edited !== undefined && (
        <ScopePanel
          scope={edited}
          onSave={(scope) => {
            const others = scopes.filter(({ id }) => id !== scope.id)
            return update({ api: { oauth2PermissionScopes: [...others, scope] } })
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  )
}

interface ScopePanelProps {
  /** Null for a new one. */
  readonly scope: PermissionScope | null
  readonly onSave: (scope: PermissionScope) => Promise<void>
  readonly onClose: () => void
}

function ScopePanel({ scope, onSave, onClose }: ScopePanelProps) {
  const { say } = useHere()
  const [draft, setDraft] = useState<Omit<PermissionScope, 'id' | 'type'> & { type: string }>(scope ?? empty)
  const set = (name: keyof typeof empty) => (value: string) => setDraft({ ...draft, [name]: value })
  const save = async () => {
    await onSave({ ...draft, type: draft.type === 'User' ? 'User' : 'Admin', id: scope?.id ?? crypto.randomUUID() })
    say(`The scope ${draft.value} was saved`)
  }
  return (
    <Panel
      title={scope === null ? 'Add a scope' : 'Edit a scope'}
      action={scope === null ? 'Add scope' : 'Save'}
      onAction={save}
      onClose={onClose}
    >
      <TextField label="Scope name" hint="e.g. Files.Read" value={draft.value} onChange={set('value')} required />
      <ChoiceField
        legend="Who can consent?"
        value={draft.type}
        onChange={set('type')}
        options={{ User: 'Admins and users', Admin: 'Admins only' }}
      />
      <TextField
        label="Admin consent display name"
        value={draft.adminConsentDisplayName}
        onChange={set('adminConsentDisplayName')}
        required
      />
      <TextField
        label="Admin consent description"
        value={draft.adminConsentDescription}
        onChange={set('adminConsentDescription')}
        lines={3}
        required
      />
      <TextField
        label="User consent display name"
        value={draft.userConsentDisplayName ?? ''}
        onChange={set('userConsentDisplayName')}
      />
      <TextField
        label="User consent description"
        value={draft.userConsentDescription ?? ''}
        onChange={set('userConsentDescription')}
        lines={3}
      />
      <CheckField
        label="Enabled"
        checked={draft.isEnabled}
        onChange={(isEnabled) => setDraft({ ...draft, isEnabled })}
      />
    </Panel>
  )
}
