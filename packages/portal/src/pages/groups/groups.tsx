import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { TextField } from '../../controls/field.js'
import { dayOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import type { Column } from '../../controls/table.js'
import type { Group } from '../../graph/directory-objects.js'
import { PagedList } from '../../graph/paged-list.js'
import { go, Link } from '../../navigation/location.js'
import { useHere } from '../../session/session-context.js'

export default function Groups() {
  const [creating, setCreating] = useState(false)
  return (
    <Page title="Groups" lead="Security groups: app roles can be assigned to them, and tokens can name them.">
      <Commands>
        <Button kind="primary" icon="add" onClick={() => setCreating(true)}>
          New group
        </Button>
      </Commands>
      <PagedList
        caption="Groups"
        path="groups?$top=50&$count=true&$orderby=displayName"
        columns={columns}
        idOf={({ id }) => id}
        empty={{ title: 'No groups', hint: 'Create the first one.' }}
      />
      {creating && <NewGroup onClose={() => setCreating(false)} />}
    </Page>
  )
}

const columns: readonly Column<Group>[] = [
  { title: 'Name', show: ({ id, displayName }) => <Link to={`/groups/${id}`}>{displayName}</Link> },
  { title: 'Object ID', show: ({ id }) => <Copied name="object ID" value={id} /> },
  { title: 'Description', show: ({ description }) => description ?? '–' },
  { title: 'Created on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
]

function NewGroup({ onClose }: { readonly onClose: () => void }) {
  const { graph, say } = useHere()
  const [displayName, setDisplayName] = useState('')
  const [description, setDescription] = useState('')
  const create = async () => {
    const mailNickname = displayName.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 64) || 'group'
    const { id } = await graph<Group>('POST', 'groups', {
      displayName,
      description: description === '' ? null : description,
      mailNickname,
      mailEnabled: false,
      securityEnabled: true,
    })
    say(`${displayName} was created`)
    go(`/groups/${id}`)
  }
  return (
    <Panel title="New group" action="Create" onAction={create} onClose={onClose}>
      <TextField label="Group name" value={displayName} onChange={setDisplayName} required />
      <TextField label="Group description" value={description} onChange={setDescription} />
    </Panel>
  )
}
