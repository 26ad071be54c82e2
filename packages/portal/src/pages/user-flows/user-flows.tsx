import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { CheckField, ChoiceField, TextField } from '../../controls/field.js'
import { Page, Tabs } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { UserFlow, UserFlowAttribute } from '../../graph/directory-objects.js'
import { go, Link } from '../../navigation/location.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import { CustomAttributes } from './custom-attributes.js'
import { collectionOf, inputFor, methods } from './flow-inputs.js'

export const flowsPath = 'identity/authenticationEventsFlows'

export default function UserFlows() {
  const { all } = useHere()
  const flows = useLoaded('flows', () => all<UserFlow>(flowsPath))
  const [tab, setTab] = useState('flows')
  const [creating, setCreating] = useState(false)
  return (
    <Page
      title="User flows"
      lead="How customers sign up and sign in. An application without a user flow offers everything there is."
    >
      <Tabs
        label="Views"
        value={tab}
        onChange={setTab}
        tabs={{ flows: 'User flows', attributes: 'Custom user attributes' }}
      />
      {tab === 'attributes' ? (
        <CustomAttributes />
      ) : (
        <>
          <Commands>
            <Button kind="primary" icon="add" onClick={() => setCreating(true)}>
              New user flow
            </Button>
          </Commands>
          <Problem error={flows.error} />
          {flows.value === undefined && flows.error === undefined && <Waiting />}
          {flows.value?.length === 0 && (
            <Nothing title="No user flows">
              Create one to choose the way to sign in and what a sign-up asks for.
            </Nothing>
          )}
          {flows.value !== undefined && flows.value.length > 0 && (
            <Table caption="User flows" columns={columns} rows={flows.value} idOf={({ id }) => id} />
          )}
        </>
      )}
      {creating && <NewUserFlow onClose={() => setCreating(false)} />}
    </Page>
  )
}

const columns: readonly Column<UserFlow>[] = [
  { title: 'Name', show: ({ id, displayName }) => <Link to={`/user-flows/${id}`}>{displayName}</Link> },
  {
    title: 'Sign-up',
    show: ({ onInteractiveAuthFlowStart }) =>
      onInteractiveAuthFlowStart.isSignUpAllowed ? 'Sign up and sign in' : 'Sign in only',
  },
  {
    title: 'Attributes collected',
    show: ({ onAttributeCollection }) =>
      onAttributeCollection.attributeCollectionPage.views
        .flatMap(({ inputs }) => inputs.map(({ label }) => label))
        .join(', ') || '–',
  },
]

function NewUserFlow({ onClose }: { readonly onClose: () => void }) {
  const { graph, all, say } = useHere()
  const attributes = useLoaded('attributes', () => all<UserFlowAttribute>('identity/userFlowAttributes'))
  const [displayName, setDisplayName] = useState('')
  const [method, setMethod] = useState<string>('EmailPassword-OAUTH')
  const [chosen, setChosen] = useState<readonly string[]>(['displayName'])
  const offered = (attributes.value ?? []).filter(({ id }) => id !== 'email')
  const create = async () => {
    const inputs = offered.filter(({ id }) => chosen.includes(id)).map((attribute) => inputFor(attribute))
    const flow = await graph<UserFlow>('POST', flowsPath, {
      '@odata.type': '#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow',
      displayName,
      onAuthenticationMethodLoadStart: { identityProviders: [{ id: method }] },
      onInteractiveAuthFlowStart: { isSignUpAllowed: true },
      onAttributeCollection: collectionOf(inputs),
    })
    say(`${displayName} was created`)
    go(`/user-flows/${flow.id}`)
  }
  const toggle = (id: string) => (checked: boolean) =>
    setChosen(checked ? [...chosen, id] : chosen.filter((other) => other !== id))
  return (
    <Panel title="New user flow" action="Create" onAction={create} onClose={onClose}>
      <Problem error={attributes.error} />
      <TextField label="Name" value={displayName} onChange={setDisplayName} required />
      <ChoiceField legend="Identity providers: email accounts" value={method} onChange={setMethod} options={methods} />
      <fieldset className="field">
        <legend>User attributes</legend>
        {offered.map(({ id, displayName: name }) => (
          <CheckField key={id} label={name} checked={chosen.includes(id)} onChange={toggle(id)} />
        ))}
      </fieldset>
    </Panel>
  )
}
