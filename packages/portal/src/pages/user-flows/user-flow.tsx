import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { CheckField, ChoiceField, SelectField, TextField } from '../../controls/field.js'
import { Page } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Nothing, Problem, Waiting } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { Application, AttributeInput, UserFlow as Flow, UserFlowAttribute } from '../../graph/directory-objects.js'
import { go, Link } from '../../navigation/location.js'
import { useAttempts } from '../../session/attempt.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import { collectionOf, inputFor, methods, optionsIn, shortName } from './flow-inputs.js'
import { flowsPath } from './user-flows.js'

const sections: Readonly<Record<string, string>> = {
  overview: 'Overview',
  'user-attributes': 'User attributes',
  applications: 'Applications',
}

export default function UserFlow({ id, section }: { readonly id: string; readonly section: string }) {
  const { graph } = useHere()
  const { value: flow, error, reload } = useLoaded(id, () => graph<Flow>('GET', `${flowsPath}/${id}`))
  if (flow === undefined) return error === undefined ? <Waiting /> : <Problem error={error} />
  return (
    <div className="two">
      <nav className="subsections" aria-label={flow.displayName}>
        <p className="subject">{flow.displayName}</p>
        <ul>
          {Object.entries(sections).map(([name, words]) => (
            <li key={name}>
              <Link to={`/user-flows/${id}/${name}`} current={name === section}>
                {words}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Page title={`${flow.displayName} | ${sections[section] ?? 'Overview'}`}>
        {section === 'overview' && <Overview flow={flow} reload={reload} />}
        {section === 'user-attributes' && <Attributes flow={flow} reload={reload} />}
        {section === 'applications' && <Applications flow={flow} />}
      </Page>
    </div>
  )
}

interface FlowProps {
  readonly flow: Flow
  reload(): Promise<void>
}

const providersOf = (id: string) =>
  `${flowsPath}/${id}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders`

function Overview({ flow, reload }: FlowProps) {
  const { graph, all, say } = useHere()
  const providers = useLoaded(`${flow.id} providers`, () => all<{ readonly id: string }>(providersOf(flow.id)))
  const { error, attempt } = useAttempts()
  const [deleting, setDeleting] = useState(false)
  const save = async (changes: object) => {
    await graph('PATCH', `${flowsPath}/${flow.id}`, changes)
    await Promise.all([reload(), providers.reload()])
    say('The user flow was saved')
  }
  return (
    <>
      <Commands>
        <Button icon="delete" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </Commands>
      <Problem error={error ?? providers.error} />
      <div className="card">
        <ChoiceField
          legend="Identity providers: email accounts"
          value={providers.value?.[0]?.id ?? ''}
          onChange={(method) =>
            attempt(() => save({ onAuthenticationMethodLoadStart: { identityProviders: [{ id: method }] } }))
          }
          options={methods}
        />
        <ChoiceField
          legend="Sign-up"
          value={String(flow.onInteractiveAuthFlowStart.isSignUpAllowed)}
          onChange={(allowed) =>
            attempt(() => save({ onInteractiveAuthFlowStart: { isSignUpAllowed: allowed === 'true' } }))
          }
          options={{ true: 'Sign up and sign in', false: 'Sign in only' }}
        />
      </div>
      {deleting && (
        <Panel
          shape="question"
          danger
          title={`Delete ${flow.displayName}?`}
          action="Delete"
          onAction={async () => {
            await graph('DELETE', `${flowsPath}/${flow.id}`)
            say(`${flow.displayName} was deleted`)
            go('/user-flows')
          }}
          onClose={() => setDeleting(false)}
        >
          <p>Its applications offer everything again.</p>
        </Panel>
      )}
    </>
  )
}

function Attributes({ flow, reload }: FlowProps) {
  const { graph, all, say } = useHere()
  const attributes = useLoaded('attributes', () => all<UserFlowAttribute>('identity/userFlowAttributes'))
  const change = useAttempts()
  const [editing, setEditing] = useState<AttributeInput>()
  const inputs = flow.onAttributeCollection.attributeCollectionPage.views.flatMap((view) => view.inputs)
  const save = async (changed: readonly AttributeInput[]) => {
    await graph('PATCH', `${flowsPath}/${flow.id}`, { onAttributeCollection: collectionOf(changed) })
    await reload()
    say('The attributes were saved')
  }
  const held = new Set(inputs.map(({ attribute }) => attribute))
  const others = (attributes.value ?? []).filter(({ id }) => id !== 'email' && !held.has(id))
  const columns: readonly Column<AttributeInput>[] = [
    {
      title: 'Label',
      show: (input) => (
        <button type="button" className="link" onClick={() => setEditing(input)}>
          {input.label}
        </button>
      ),
    },
    {
      title: 'Attribute',
      show: ({ attribute }) => (
        <span className="value" title={attribute}>
          {shortName(attribute)}
        </span>
      ),
    },
    { title: 'User input type', show: ({ inputType }) => inputTypes[inputType] },
    { title: 'Required', show: ({ required }) => (required ? 'Yes' : 'No') },
    {
      title: 'Remove',
      quiet: true,
      show: (input) => (
        <IconButton
          icon="delete"
          label={`Remove ${input.label}`}
          onClick={() => change.attempt(() => save(inputs.filter((other) => other !== input)))}
        />
      ),
    },
  ]
  return (
    <>
      <p className="lead">What a sign-up asks for, from top to bottom, besides the address.</p>
      <Problem error={attributes.error ?? change.error} />
      {others.length > 0 && (
        <SelectField
          label="Add an attribute"
          value=""
          onChange={(id) => {
            const added = others.find((attribute) => attribute.id === id)
            if (added !== undefined) change.attempt(() => save([...inputs, inputFor(added)]))
          }}
          options={{ '': 'Choose', ...Object.fromEntries(others.map(({ id, displayName }) => [id, displayName])) }}
        />
      )}
      {inputs.length === 0 ? (
        <Nothing title="Nothing is asked for" />
      ) : (
        <Table caption="User attributes" columns={columns} rows={inputs} idOf={({ attribute }) => attribute} />
      )}
      {editing !== undefined && (
        <InputPanel
          input={editing}
          onSave={(changed) => save(inputs.map((input) => (input === editing ? changed : input)))}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  )
}

const inputTypes: Readonly<Record<AttributeInput['inputType'], string>> = {
  text: 'Text box',
  radioSingleSelect: 'Radio buttons',
  checkboxMultiSelect: 'Checkboxes',
  boolean: 'Checkbox',
}

interface InputPanelProps {
  readonly input: AttributeInput
  readonly onSave: (input: AttributeInput) => Promise<void>
  readonly onClose: () => void
}

function InputPanel({ input, onSave, onClose }: InputPanelProps) {
  const [label, setLabel] = useState(input.label)
  const [inputType, setInputType] = useState(input.inputType)
  const [required, setRequired] = useState(input.required)
  const [pattern, setPattern] = useState(input.validationRegEx ?? '')
  const [choices, setChoices] = useState(input.options.map(({ value }) => value).join('\n'))
  const chosen = inputType === 'radioSingleSelect' || inputType === 'checkboxMultiSelect'
  const offered = Object.entries(inputTypes).filter(
    ([type]) => (type === 'boolean') === (input.inputType === 'boolean'),
  )
  const save = () =>
    onSave({
      ...input,
      label,
      inputType,
      required,
      validationRegEx: pattern === '' ? null : pattern,
      options: chosen ? optionsIn(choices) : [],
    })
  return (
    <Panel title={input.attribute} action="Save" onAction={save} onClose={onClose}>
      <TextField label="Label" value={label} onChange={setLabel} required />
      <SelectField
        label="User input type"
        value={inputType}
        onChange={(type) => setInputType(typeNamed(type) ?? inputType)}
        options={Object.fromEntries(offered)}
      />
      {chosen && <TextField label="Choices, one to a line" value={choices} onChange={setChoices} lines={4} required />}
      {inputType === 'text' && (
        <TextField
          label="Regular expression"
          hint="What is entered has to match it; empty for anything."
          value={pattern}
          onChange={setPattern}
        />
      )}
      <CheckField label="Required" checked={required} onChange={setRequired} />
    </Panel>
  )
}

function typeNamed(name: string): AttributeInput['inputType'] | undefined {
  return (['text', 'radioSingleSelect', 'checkboxMultiSelect', 'boolean'] as const).find((type) => type === name)
}

interface Linked {
  readonly appId: string
}

function Applications({ flow }: { readonly flow: Flow }) {
  const { graph, all, say } = useHere()
  const path = `${flowsPath}/${flow.id}/conditions/applications/includeApplications`
  const linked = useLoaded(path, () => all<Linked>(path))
  const applications = useLoaded('applications', () =>
    all<Application>('applications?$top=100&$select=id,appId,displayName'),
  )
  const removal = useAttempts()
  const [adding, setAdding] = useState(false)
  const nameOf = (appId: string) =>
    applications.value?.find((application) => application.appId === appId)?.displayName ?? appId
  const remove = async ({ appId }: Linked) => {
    await graph('DELETE', `${path}/${appId}`)
    await linked.reload()
  }
  const columns: readonly Column<Linked>[] = [
    { title: 'Display name', show: ({ appId }) => nameOf(appId) },
    { title: 'Application ID', show: ({ appId }) => <Copied name="application ID" value={appId} /> },
    {
      title: 'Remove',
      quiet: true,
      show: (row) => (
        <IconButton
          icon="delete"
          label={`Remove ${nameOf(row.appId)}`}
          onClick={() => removal.attempt(() => remove(row))}
        />
      ),
    },
  ]
  return (
    <>
      <p className="lead">Whose customers sign up and in by this user flow. An application has one at most.</p>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Add application
        </Button>
      </Commands>
      <Problem error={linked.error ?? applications.error ?? removal.error} />
      {linked.value?.length === 0 && <Nothing title="No applications" />}
      {linked.value !== undefined && linked.value.length > 0 && (
        <Table caption="Applications" columns={columns} rows={linked.value} idOf={({ appId }) => appId} />
      )}
      {adding && (
        <AddApplication
          applications={applications.value ?? []}
          onAdd={async (appId) => {
            await graph('POST', path, { '@odata.type': '#microsoft.graph.authenticationConditionApplication', appId })
            await linked.reload()
            say(`${nameOf(appId)} was added`)
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  )
}

interface AddApplicationProps {
  readonly applications: readonly Application[]
  readonly onAdd: (appId: string) => Promise<void>
  readonly onClose: () => void
}

function AddApplication({ applications, onAdd, onClose }: AddApplicationProps) {
  const [appId, setAppId] = useState('')
  return (
    <Panel title="Add application" action="Select" ready={appId !== ''} onAction={() => onAdd(appId)} onClose={onClose}>
      <SelectField
        label="Application"
        value={appId}
        onChange={setAppId}
        options={{
          '': 'None selected',
          ...Object.fromEntries(applications.map((application) => [application.appId, application.displayName])),
        }}
      />
    </Panel>
  )
}
