import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { SelectField } from '../../controls/field.js'
import { Page } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { Group as GroupObject, User } from '../../graph/directory-objects.js'
import { go } from '../../navigation/location.js'
import { useAttempts } from '../../session/attempt.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

interface Member {
  readonly id: string
  readonly displayName: string
  readonly '@odata.type': string
}

export default function Group({ id }: { readonly id: string }) {
  const { graph, all, say } = useHere()
  const group = useLoaded(id, () => graph<GroupObject>('GET', `groups/${id}`))
  const members = useLoaded(`${id} members`, () => all<Member>(`groups/${id}/members`))
  const removal = useAttempts()
  const [asking, setAsking] = useState<'add' | 'delete'>()
  if (group.value === undefined) return group.error === undefined ? <Waiting /> : <Problem error={group.error} />

  const { displayName } = group.value
  const remove = async (member: Member) => {
    await graph('DELETE', `groups/${id}/members/${member.id}/$ref`)
    await members.reload()
  }
  const columns: readonly Column<Member>[] = [
    { title: 'Name', show: (member) => member.displayName },
    { title: 'Type', show: (member) => member['@odata.type'].replace('#microsoft.graph.', '') },
    { title: 'Object ID', show: (member) => <Copied name="object ID" value={member.id} /> },
    {
      title: 'Remove',
      quiet: true,
      show: (member) => (
        <IconButton
          icon="delete"
          label={`Remove ${member.displayName}`}
          onClick={() => removal.attempt(() => remove(member))}
        />
      ),
    },
  ]
  return (
    <Page title={`${displayName} | Members`} lead={group.value.description ?? undefined}>
      <Commands>
        <Button icon="add" onClick={() => setAsking('add')}>
          Add members
        </Button>
        <Button icon="delete" onClick={() => setAsking('delete')}>
          Delete group
        </Button>
      </Commands>
      <Problem error={members.error ?? removal.error} />
      {members.value?.length === 0 && <Nothing title="No members have been found" />}
      {members.value !== undefined && members.value.length > 0 && (
        <Table caption="Members" columns={columns} rows={members.value} idOf={(member) => member.id} />
      )}
      {asking === 'add' && <AddMember id={id} onDone={members.reload} onClose={() => setAsking(undefined)} />}
      {asking === 'delete' && (
        <Panel
          shape="question"
          danger
          title={`Delete ${displayName}?`}
          action="Delete"
          onAction={async () => {
            await graph('DELETE', `groups/${id}`)
            say(`${displayName} was deleted`)
            go('/groups')
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>Its members lose the app roles that they had by it.</p>
        </Panel>
      )}
    </Page>
  )
}

interface AddMemberProps {
  readonly id: string
  readonly onDone: () => Promise<void>
  readonly onClose: () => void
}

function AddMember({ id, onDone, onClose }: AddMemberProps) {
  const { graph, all } = useHere()
  const users = useLoaded('users', () => all<User>('users?$top=100'))
  const groups = useLoaded('groups', () => all<GroupObject>('groups?$top=100'))
  const [member, setMember] = useState('')
  const add = async () => {
    await graph('POST', `groups/${id}/members/$ref`, { '@odata.id': `directoryObjects/${member}` })
    await onDone()
  }
  const others = (groups.value ?? []).filter((group) => group.id !== id)
  return (
    <Panel title="Add members" action="Select" ready={member !== ''} onAction={add} onClose={onClose}>
      <Problem error={users.error ?? groups.error} />
      <SelectField
        label="User or group"
        value={member}
        onChange={setMember}
        options={{
          '': 'None selected',
          ...Object.fromEntries((users.value ?? []).map((user) => [user.id, user.displayName])),
          ...Object.fromEntries(others.map((group) => [group.id, `${group.displayName} (group)`])),
        }}
      />
    </Panel>
  )
}
