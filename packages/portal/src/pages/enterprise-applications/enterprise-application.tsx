import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { ChoiceField, SelectField } from '../../controls/field.js'
import { dayOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { AppRoleAssignment, Group, ServicePrincipal, User } from '../../graph/directory-objects.js'
import { Link } from '../../navigation/location.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

const sections: Readonly<Record<string, string>> = {
  overview: 'Properties',
  'users-and-groups': 'Users and groups',
  permissions: 'Permissions',
}

interface EnterpriseApplicationProps {
  readonly id: string
  readonly section: string
}

export default function EnterpriseApplication({ id, section }: EnterpriseApplicationProps) {
  const { graph } = useHere()
  const {
    value: principal,
    error,
    reload,
  } = useLoaded(id, () => graph<ServicePrincipal>('GET', `servicePrincipals/${id}`))
  if (principal === undefined) return error === undefined ? <Waiting /> : <Problem error={error} />
  return (
    <div className="two">
      <nav className="subsections" aria-label={principal.displayName}>
        <p className="subject">{principal.displayName}</p>
        <ul>
          {Object.entries(sections).map(([name, words]) => (
            <li key={name}>
              <Link to={`/enterprise-applications/${id}/${name}`} current={name === section}>
                {words}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Page title={`${principal.displayName} | ${sections[section] ?? 'Properties'}`}>
        {section === 'overview' && <Properties principal={principal} reload={reload} />}
        {section === 'users-and-groups' && <Assignments principal={principal} />}
        {section === 'permissions' && <Permissions principal={principal} />}
      </Page>
    </div>
  )
}

interface PropertiesProps {
  readonly principal: ServicePrincipal
  reload(): Promise<void>
}

const yesOrNo = { true: 'Yes', false: 'No' }

function Properties({ principal, reload }: PropertiesProps) {
  const { graph, say } = useHere()
  const [error, setError] = useState<unknown>()
  const set = (name: 'accountEnabled' | 'appRoleAssignmentRequired') => async (value: string) => {
    try {
      await graph('PATCH', `servicePrincipals/${principal.id}`, { [name]: value === 'true' })
      await reload()
      say('The properties were saved')
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <>
      <Problem error={error} />
      <dl className="facts card">
        <div>
          <dt>Name</dt>
          <dd>{principal.displayName}</dd>
        </div>
        <div>
          <dt>Application ID</dt>
          <dd>
            <Copied name="Application ID" value={principal.appId} />
          </dd>
        </div>
        <div>
          <dt>Object ID</dt>
          <dd>
            <Copied name="Object ID" value={principal.id} />
          </dd>
        </div>
      </dl>
      <div className="card">
        <ChoiceField
          legend="Enabled for users to sign-in?"
          value={String(principal.accountEnabled)}
          onChange={(value) => void set('accountEnabled')(value)}
          options={yesOrNo}
        />
        <ChoiceField
          legend="Assignment required?"
          value={String(principal.appRoleAssignmentRequired)}
          onChange={(value) => void set('appRoleAssignmentRequired')(value)}
          options={yesOrNo}
        />
      </div>
    </>
  )
}

/** What an assignment without a role is made with. */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

function Assignments({ principal }: { readonly principal: ServicePrincipal }) {
  const { graph, all } = useHere()
  const base = `servicePrincipals/${principal.id}/appRoleAssignedTo`
  const { value, error, reload } = useLoaded(base, () => all<AppRoleAssignment>(base))
  const [adding, setAdding] = useState(false)
  const roleName = (id: string) => principal.appRoles.find((role) => role.id === id)?.displayName ?? 'Default Access'
  const remove = async ({ id }: AppRoleAssignment) => {
    await graph('DELETE', `${base}/${id}`)
    await reload()
  }
  const columns: readonly Column<AppRoleAssignment>[] = [
    { title: 'Display name', show: ({ principalDisplayName }) => principalDisplayName },
    { title: 'Object type', show: ({ principalType }) => principalType },
    { title: 'Role assigned', show: ({ appRoleId }) => roleName(appRoleId) },
    { title: 'Assigned on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
    {
      title: 'Remove',
      quiet: true,
      show: (row) => (
        <IconButton
          icon="delete"
          label={`Remove ${row.principalDisplayName} from ${roleName(row.appRoleId)}`}
          onClick={() => void remove(row)}
        />
      ),
    },
  ]
  return (
    <>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Add user/group
        </Button>
      </Commands>
      <Problem error={error} />
      {value === undefined && error === undefined && <Waiting />}
      {value?.length === 0 && <Nothing title="No application assignments found" />}
      {value !== undefined && value.length > 0 && (
        <Table caption="Users and groups" columns={columns} rows={value} idOf={({ id }) => id} />
      )}
      {adding && <AssignmentPanel principal={principal} onDone={reload} onClose={() => setAdding(false)} />}
    </>
  )
}

interface AssignmentPanelProps {
  readonly principal: ServicePrincipal
  readonly onDone: () => Promise<void>
  readonly onClose: () => void
}

function AssignmentPanel({ principal, onDone, onClose }: AssignmentPanelProps) {
  const { graph, all } = useHere()
  const users = useLoaded('users', () => all<User>('users?$top=100'))
  const groups = useLoaded('groups', () => all<Group>('groups?$top=100'))
  const [principalId, setPrincipalId] = useState('')
  const roles = principal.appRoles.filter(
    ({ isEnabled, allowedMemberTypes }) => isEnabled && allowedMemberTypes.includes('User'),
  )
  const [role, setRole] = useState(roles[0]?.id ?? defaultAccess)
  const add = async () => {
    const body = { principalId, resourceId: principal.id, appRoleId: role }
    await graph('POST', `servicePrincipals/${principal.id}/appRoleAssignedTo`, body)
    await onDone()
  }
  return (
    <Panel title="Add Assignment" action="Assign" ready={principalId !== ''} onAction={add} onClose={onClose}>
      <Problem error={users.error ?? groups.error} />
      <SelectField
        label="User or group"
        value={principalId}
        onChange={setPrincipalId}
        options={{
          '': 'None selected',
          ...Object.fromEntries((users.value ?? []).map(({ id, displayName }) => [id, displayName])),
          ...Object.fromEntries((groups.value ?? []).map(({ id, displayName }) => [id, `${displayName} (group)`])),
        }}
      />
      <SelectField
        label="Role"
        value={role}
        onChange={setRole}
        options={
          roles.length === 0
            ? { [defaultAccess]: 'Default Access' }
            : Object.fromEntries(roles.map(({ id, displayName }) => [id, displayName]))
        }
      />
    </Panel>
  )
}

function Permissions({ principal }: { readonly principal: ServicePrincipal }) {
  const { all } = useHere()
  const base = `servicePrincipals/${principal.id}/appRoleAssignments`
  const { value, error } = useLoaded(base, () => all<AppRoleAssignment>(base))
  const apis = useLoaded('apis', () => all<ServicePrincipal>('servicePrincipals?$top=100'))
  const roleOf = ({ resourceId, appRoleId }: AppRoleAssignment) =>
    apis.value?.find(({ id }) => id === resourceId)?.appRoles.find(({ id }) => id === appRoleId)
  const columns: readonly Column<AppRoleAssignment>[] = [
    {
      title: 'API name',
      show: ({ resourceId, resourceDisplayName }) => (
        <Link to={`/enterprise-applications/${resourceId}`}>{resourceDisplayName}</Link>
      ),
    },
    { title: 'Claim value', show: (row) => <span className="value">{roleOf(row)?.value ?? row.appRoleId}</span> },
    { title: 'Permission', show: (row) => roleOf(row)?.displayName ?? '–' },
    { title: 'Granted on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
  ]
  return (
    <>
      <p className="lead">Application permissions that admin consent has granted to this application.</p>
      <Problem error={error ?? apis.error} />
      {value?.length === 0 && (
        <Nothing title="Nothing has been granted">
          Add permissions to its registration, and grant admin consent there.
        </Nothing>
      )}
      {value !== undefined && value.length > 0 && (
        <Table caption="Permissions" columns={columns} rows={value} idOf={({ id }) => id} />
      )}
    </>
  )
}
