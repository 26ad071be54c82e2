import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { CheckField } from '../../controls/field.js'
import { Icon } from '../../controls/icon.js'
import { Tabs } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { RequiredResource, ServicePrincipal } from '../../graph/directory-objects.js'
import { useLoaded } from '../../session/loaded.js'
import { type Organization, useHere } from '../../session/session-context.js'
import {
  grantAdminConsent,
  offered,
  type Permission,
  permissionsOf,
  withoutPermission,
  withPermissions,
} from './permissions.js'
import type { SectionProps } from './section.js'

export default function ApiPermissions({ application, update }: SectionProps) {
  const here = useHere()
  const organization = useLoaded('organization', () => here.all<Organization>('organization'))
  const asked = JSON.stringify(application.requiredResourceAccess)
  const permissions = useLoaded(asked, () => permissionsOf(application, here))
  const [open, setOpen] = useState<'request' | 'consent'>()
  const name = organization.value?.[0]?.displayName ?? here.tenant.subdomain
  const { value, error } = permissions

  const consent = async () => {
    if (value !== undefined) await grantAdminConsent(value, here)
    await permissions.reload()
    here.say('Successfully granted admin consent for the requested permissions')
  }
  const remove = (permission: Permission) =>
    update({ requiredResourceAccess: withoutPermission(application.requiredResourceAccess, permission) })
  return (
    <>
      <p className="lead">
        Applications are authorized to call APIs when they are granted permissions by users or admins as part of the
        consent process.
      </p>
      <Commands>
        <Button icon="add" onClick={() => setOpen('request')}>
          Add a permission
        </Button>
        <Button
          icon="grant"
          disabled={value === undefined || value.list.every(({ granted }) => granted)}
          onClick={() => setOpen('consent')}
        >
          Grant admin consent for {name}
        </Button>
        <Button kind="quiet" icon="refresh" onClick={() => void permissions.reload()}>
          Refresh
        </Button>
      </Commands>
      <Problem error={error} />
      <Listed list={value?.list} name={name} onRemove={(permission) => void remove(permission)} />
      {open === 'request' && (
        <RequestPanel
          onAdd={(api, added) =>
            update({
              requiredResourceAccess: withPermissions(application.requiredResourceAccess, api.appId, added),
            })
          }
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === 'consent' && (
        <Panel
          shape="question"
          title="Grant admin consent confirmation."
          action="Yes"
          cancel="No"
          onAction={consent}
          onClose={() => setOpen(undefined)}
        >
          <p>
            Do you want to grant consent for the requested permissions for all accounts in {name}? This will update any
            existing admin consent records this application already has to match what is listed.
          </p>
        </Panel>
      )}
    </>
  )
}

interface ListedProps {
  readonly list: readonly Permission[] | undefined
  /** The tenant's. */
  readonly name: string
  readonly onRemove: (permission: Permission) => void
}

function Listed({ list, name, onRemove }: ListedProps) {
  const columns: readonly Column<Permission>[] = [
    {
      title: 'API / Permissions name',
      show: ({ resource, value, description }) => (
        <>
          {value}
          <p className="hint">
            {resource?.displayName ?? 'An API that is not here'}
            {description !== value && ` · ${description}`}
          </p>
        </>
      ),
    },
    { title: 'Type', show: ({ type }) => (type === 'Role' ? 'Application' : 'Delegated') },
    { title: 'Admin consent required', show: ({ needsAdmin }) => (needsAdmin ? 'Yes' : 'No') },
    { title: 'Status', show: ({ granted, needsAdmin }) => <Status {...{ granted, needsAdmin, name }} /> },
    {
      title: 'Remove',
      quiet: true,
      show: (permission) => (
        <IconButton icon="delete" label={`Remove ${permission.value}`} onClick={() => onRemove(permission)} />
      ),
    },
  ]
  if (list === undefined) return <Waiting />
  if (list.length > 0) {
    return (
      <Table caption="Configured permissions" columns={columns} rows={list} idOf={({ id, type }) => `${type} ${id}`} />
    )
  }
  return (
    <Nothing title="No permissions added">Add what this program may do with an API, then grant admin consent.</Nothing>
  )
}

function Status({ granted, needsAdmin, name }: { granted: boolean; needsAdmin: boolean; name: string }) {
  if (granted) {
    return (
      <span className="badge good">
        <Icon name="check" />
        Granted for {name}
      </span>
    )
  }
  if (!needsAdmin) return null
  return (
    <span className="badge warn">
      <Icon name="warning" />
      Not granted for {name}
    </span>
  )
}

interface RequestPanelProps {
  readonly onAdd: (api: ServicePrincipal, added: RequiredResource['resourceAccess']) => Promise<void>
  readonly onClose: () => void
}

const apiTabs = { microsoft: 'Microsoft APIs', others: 'APIs my organization uses' }

/** Chooses an API, then the kind of permissions, then permissions. */
function RequestPanel({ onAdd, onClose }: RequestPanelProps) {
  const { all } = useHere()
  const apis = useLoaded('apis', async () => offered(await all<ServicePrincipal>('servicePrincipals?$top=100')))
  const [tab, setTab] = useState<keyof typeof apiTabs>('others')
  const [api, setApi] = useState<ServicePrincipal>()
  const [kind, setKind] = useState<'Role' | 'Scope'>()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const add = async () => {
    if (api === undefined || kind === undefined) return
    await onAdd(
      api,
      [...chosen].map((id) => ({ id, type: kind })),
    )
  }
  const choose = (next: 'Role' | 'Scope') => {
    setKind(next)
    setChosen(new Set())
  }
  return (
    <Panel
      title="Request API permissions"
      action="Add permissions"
      ready={chosen.size > 0}
      onAction={add}
      onClose={onClose}
    >
      <Problem error={apis.error} />
      {api === undefined ? (
        <>
          <p>Select an API</p>
          <Tabs
            label="APIs"
            value={tab}
            onChange={(name) => setTab(name === 'microsoft' ? 'microsoft' : 'others')}
            tabs={apiTabs}
          />
          <ul className="choices">
            {apis.value?.[tab].map((candidate) => (
              <li key={candidate.id}>
                <button type="button" onClick={() => setApi(candidate)}>
                  {candidate.displayName} <span className="hint">{candidate.appId}</span>
                </button>
              </li>
            ))}
          </ul>
          {apis.value?.[tab].length === 0 && (
            <Nothing title="No API here has permissions">Create app roles or scopes first.</Nothing>
          )}
        </>
      ) : (
        <>
          <p>
            <button type="button" className="link" onClick={() => setApi(undefined)}>
              All APIs
            </button>{' '}
            / {api.displayName}
          </p>
          <p>What type of permissions does your application require?</p>
          <div className="kinds">
            <button type="button" aria-pressed={kind === 'Scope'} onClick={() => choose('Scope')}>
              <strong>Delegated permissions</strong>
              <span>Your application needs to access the API as the signed-in user.</span>
            </button>
            <button type="button" aria-pressed={kind === 'Role'} onClick={() => choose('Role')}>
              <strong>Application permissions</strong>
              <span>Your application runs as a background service or daemon without a signed-in user.</span>
            </button>
          </div>
          {kind !== undefined && <Selection {...{ api, kind, chosen, setChosen }} />}
        </>
      )}
    </Panel>
  )
}

interface SelectionProps {
  readonly api: ServicePrincipal
  readonly kind: 'Role' | 'Scope'
  readonly chosen: ReadonlySet<string>
  readonly setChosen: (chosen: ReadonlySet<string>) => void
}

function Selection({ api, kind, chosen, setChosen }: SelectionProps) {
  const permissions =
    kind === 'Role'
      ? api.appRoles
          .filter(({ isEnabled, allowedMemberTypes }) => isEnabled && allowedMemberTypes.includes('Application'))
          .map(({ id, value, displayName }) => ({ id, value: value ?? displayName, words: displayName }))
      : api.oauth2PermissionScopes
          .filter(({ isEnabled }) => isEnabled)
          .map(({ id, value, adminConsentDisplayName }) => ({ id, value, words: adminConsentDisplayName }))
  if (permissions.length === 0) return <Nothing title="This API has no permissions of this type" />
  const toggle = (id: string, wanted: boolean) =>
    setChosen(new Set(wanted ? [...chosen, id] : [...chosen].filter((other) => other !== id)))
  return (
    <fieldset className="field">
      <legend>Select permissions</legend>
      {permissions.map(({ id, value, words }) => (
        <CheckField
          key={id}
          label={
            <span>
              {value} <span className="hint">{words}</span>
            </span>
          }
          checked={chosen.has(id)}
          onChange={(wanted) => toggle(id, wanted)}
        />
      ))}
    </fieldset>
  )
}
