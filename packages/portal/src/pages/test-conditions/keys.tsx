import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Panel } from '../../controls/panel.js'
import { Problem } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

interface PublishedKey {
  readonly kid: string
  readonly state: 'next' | 'current' | 'previous'
}

const states = { next: 'Published, signs next', current: 'Signs now', previous: 'Published, has signed' }

export function KeysCard() {
  const { control, say } = useHere()
  const { value = [], error, reload } = useLoaded('keys', () => control<readonly PublishedKey[]>('GET', 'keys'))
  const [failure, setFailure] = useState<unknown>()
  const [replacing, setReplacing] = useState(false)
  const tell = async (method: 'POST' | 'DELETE', path: string, done: string) => {
    try {
      await control(method, path)
      setFailure(undefined)
      await reload()
      say(done)
    } catch (error_) {
      setFailure(error_)
    }
  }
  const columns: readonly Column<PublishedKey>[] = [
    { title: 'Key ID (kid)', show: ({ kid }) => <span className="value">{kid}</span> },
    {
      title: 'State',
      show: ({ state }) => <span className={`badge ${state === 'current' ? 'good' : ''}`}>{states[state]}</span>,
    },
    {
      title: 'Withdraw',
      quiet: true,
      show: ({ kid, state }) =>
        state === 'current' ? null : (
          <IconButton
            icon="delete"
            label={`Withdraw ${kid}`}
            onClick={() => void tell('DELETE', `keys/${encodeURIComponent(kid)}`, 'The key was withdrawn')}
          />
        ),
    },
  ]
  return (
    <section className="card">
      <h2>Signing keys</h2>
      <Problem error={failure ?? error} />
      <Table caption="Signing keys" columns={columns} rows={value} idOf={({ kid }) => kid} />
      <Commands>
        <Button icon="add" onClick={() => void tell('POST', 'keys/publish-next', 'The next key was published')}>
          Publish the next key
        </Button>
        <Button icon="key" onClick={() => void tell('POST', 'keys/rotate', 'Another key signs now')}>
          Rotate
        </Button>
        <Button kind="danger" onClick={() => setReplacing(true)}>
          Replace all
        </Button>
      </Commands>
      <p className="hint">An API has to follow a rotation by itself, and soon; an emergency replacement too.</p>
      {replacing && (
        <Panel
          shape="question"
          danger
          title="Replace all keys?"
          action="Replace all"
          onAction={() => tell('POST', 'keys/replace-all', 'All keys are new')}
          onClose={() => setReplacing(false)}
        >
          <p>No token from before is good any more, as after a leak of the signing key.</p>
        </Panel>
      )}
    </section>
  )
}
