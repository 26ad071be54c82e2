import { useState } from 'react'
import { Address } from '../../controls/address.js'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { CheckField, TextField } from '../../controls/field.js'
import { dayOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import type { Column } from '../../controls/table.js'
import type { User } from '../../graph/directory-objects.js'
import { PagedList } from '../../graph/paged-list.js'
import { useHere } from '../../session/session-context.js'

export default function Users() {
  const { graph, say } = useHere()
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<User>()
  const [editing, setEditing] = useState<User>()
  // Another number makes another query, and so a fresh list.
  const [edition, setEdition] = useState(0)
  const columns: readonly Column<ListedUser>[] = [
    {
      title: 'Display name',
      show: (user) => (
        <button type="button" className="link" onClick={() => setEditing(user)}>
          {user.displayName}
        </button>
      ),
    },
    { title: 'Email', show: (user) => addressOf(emailOf(user) ?? '–') },
    { title: 'User principal name', show: ({ userPrincipalName }) => addressOf(userPrincipalName) },
    { title: 'Object ID', show: ({ id }) => <Copied name="object ID" value={id} /> },
    {
      title: 'Account status',
      show: ({ accountEnabled }) =>
        accountEnabled ? <span className="badge good">Enabled</span> : <span className="badge warn">Disabled</span>,
    },
    { title: 'Created on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
    {
      title: 'Delete',
      quiet: true,
      show: (user) => (
        <IconButton icon="delete" label={`Delete ${user.displayName}`} onClick={() => setDeleting(user)} />
      ),
    },
  ]
  const again = () => setEdition((before) => before + 1)
  return (
    <Page title="Users" lead="Who can sign in to the applications of this tenant.">
      <Commands>
        <Button kind="primary" icon="add" onClick={() => setCreating(true)}>
          New user
        </Button>
      </Commands>
      <PagedList
        key={edition}
        caption="Users"
        path="users?$top=50&$count=true&$orderby=displayName&$select=id,displayName,mail,identities,userPrincipalName,accountEnabled,createdDateTime"
        columns={columns}
        idOf={({ id }) => id}
        empty={{ title: 'No users', hint: 'Create the first one.' }}
      />
      {creating && <NewUser onDone={again} onClose={() => setCreating(false)} />}
      {editing !== undefined && <EditUser user={editing} onDone={again} onClose={() => setEditing(undefined)} />}
      {deleting !== undefined && (
        <Panel
          shape="question"
          danger
          title={`Delete ${deleting.displayName}?`}
          action="Delete"
          onAction={async () => {
            await graph('DELETE', `users/${deleting.id}`)
            say(`${deleting.displayName} was deleted`)
            again()
          }}
          onClose={() => setDeleting(undefined)}
        >
          <p>Their to-dos stay with the API, and nobody owns them any more.</p>
        </Panel>
      )}
    </Page>
  )
}

interface ListedUser extends User {
  readonly mail: string | null
  readonly identities: readonly { readonly signInType: string; readonly issuerAssignedId: string }[]
}

/** The address that a customer signs in by, or else the one that is merely known. */
const emailOf = ({ identities, mail }: ListedUser) =>
  identities.find(({ signInType }) => signInType === 'emailAddress')?.issuerAssignedId ?? mail

const addressOf = (value: string) => (
  <span className="long">
    <Address value={value} />
  </span>
)

interface EditUserProps {
  readonly user: User
  readonly onDone: () => void
  readonly onClose: () => void
}

function EditUser({ user, onDone, onClose }: EditUserProps) {
  const { graph, say } = useHere()
  const [displayName, setDisplayName] = useState(user.displayName)
  const [password, setPassword] = useState('')
  const [accountEnabled, setAccountEnabled] = useState(user.accountEnabled)
  const save = async () => {
    const passwordProfile = { password, forceChangePasswordNextSignIn: false }
    const reset = password === '' ? {} : { passwordProfile }
    await graph('PATCH', `users/${user.id}`, { displayName, accountEnabled, ...reset })
    say(`${displayName} was saved`)
    onDone()
  }
  return (
    <Panel title={user.displayName} action="Save" onAction={save} onClose={onClose}>
      <TextField label="Display name" value={displayName} onChange={setDisplayName} required />
      <TextField
        label="New password"
        hint="The one from before goes on when this is empty."
        type="password"
        value={password}
        onChange={setPassword}
      />
      <CheckField label="Account enabled" checked={accountEnabled} onChange={setAccountEnabled} />
    </Panel>
  )
}

function NewUser({ onDone, onClose }: { readonly onDone: () => void; readonly onClose: () => void }) {
  const { graph, say, tenant } = useHere()
  const [name, setName] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [password, setPassword] = useState('')
  const [accountEnabled, setAccountEnabled] = useState(true)
  const domain = `${tenant.subdomain}.onmicrosoft.com`
  const create = async () => {
    const passwordProfile = { password, forceChangePasswordNextSignIn: false }
    const userPrincipalName = `${name}@${domain}`
    await graph('POST', 'users', {
      displayName,
      mailNickname: name,
      userPrincipalName,
      accountEnabled,
      passwordProfile,
    })
    say(`${displayName} was created`)
    onDone()
  }
  return (
    <Panel title="Create new user" action="Create" onAction={create} onClose={onClose}>
      <TextField label="User principal name" hint={`In front of @${domain}`} value={name} onChange={setName} required />
      <TextField label="Display name" value={displayName} onChange={setDisplayName} required />
      <TextField label="Password" type="password" value={password} onChange={setPassword} required />
      <CheckField label="Account enabled" checked={accountEnabled} onChange={setAccountEnabled} />
    </Panel>
  )
}
