import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { CheckField, ChoiceField } from '../../controls/field.js'
import { Panel } from '../../controls/panel.js'
import { Nothing } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { OptionalClaim, OptionalClaims, TokenType } from '../../graph/directory-objects.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

const tokenTypes: Readonly<Record<TokenType, string>> = { idToken: 'ID', accessToken: 'Access', saml2Token: 'SAML' }

/** Optional claims by their names (identity-platform/optional-claims-reference), with what they say. */
const described: Readonly<Record<string, string>> = {
  acct: "User's account status in tenant",
  auth_time: 'Time when the user last authenticated',
  ctry: "User's country/region, where it is a two-letter code",
  email: 'The addressable email for this user, if the user has one',
  family_name: 'The last name, surname, or family name of the user',
  given_name: 'The first or given name of the user',
  idtyp: 'Signals whether the token is an app-only token',
  ipaddr: 'The IP address the client logged in from',
  login_hint: 'Login hint',
  sid: 'Session ID, used for per-session user sign-out',
  upn: 'An identifier for the user that can be used with the username_hint parameter',
  verified_primary_email: "Sourced from the user's PrimaryAuthoritativeEmail",
  xms_cc: 'Client capabilities',
}
/** idtyp is of access tokens alone. */
const offered = (type: TokenType) => Object.keys(described).filter((name) => type === 'accessToken' || name !== 'idtyp')

interface Row {
  readonly type: TokenType
  readonly claim: OptionalClaim
}

const none: OptionalClaims = { idToken: [], accessToken: [], saml2Token: [] }

export default function TokenConfiguration({ application, update }: SectionProps) {
  const { say } = useHere()
  const [adding, setAdding] = useState(false)
  const [type, setType] = useState<TokenType>('idToken')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const claims = { ...none, ...application.optionalClaims }
  const rows = typesOf(claims).flatMap((name) => claims[name].map((claim): Row => ({ type: name, claim })))
  const kinds = application.groupMembershipClaims?.split(',').map((kind) => kind.trim()) ?? []
  const [grouping, setGrouping] = useState(false)
  const held = new Set(claims[type].map(({ name }) => name))

  const add = async () => {
    const fresh = [...chosen].map((name) => ({ name, source: null, essential: false, additionalProperties: [] }))
    await update({ optionalClaims: { ...claims, [type]: [...claims[type], ...fresh] } })
    setChosen(new Set())
    say('The optional claims were added')
  }
  const remove = (row: Row) => {
    const left = claims[row.type].filter(({ name }) => name !== row.claim.name)
    return update({ optionalClaims: { ...claims, [row.type]: left } })
  }
  const columns: readonly Column<Row>[] = [
    { title: 'Claim', show: ({ claim }) => claim.name },
    { title: 'Description', show: ({ claim }) => described[claim.name] ?? '–' },
    { title: 'Token type', show: (row) => tokenTypes[row.type] },
    {
      title: 'Remove',
      quiet: true,
      show: (row) => <IconButton icon="delete" label={`Remove ${row.claim.name}`} onClick={() => void remove(row)} />,
    },
  ]
  return (
    <>
      <p className="lead">
        Optional claims are used to configure additional information returned in one or more tokens.
      </p>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Add optional claim
        </Button>
        <Button icon="add" onClick={() => setGrouping(true)}>
          Add groups claim
        </Button>
      </Commands>
      {kinds.length > 0 && (
        <p>
          Tokens name groups: <span className="value">{kinds.join(', ')}</span>
        </p>
      )}
      {rows.length === 0 ? (
        <Nothing title="No optional claims">
          Add <code>idtyp</code> to the access tokens of an API that has to tell programs from people.
        </Nothing>
      ) : (
        <Table
          caption="Optional claims"
          columns={columns}
          rows={rows}
          idOf={(row) => `${row.type} ${row.claim.name}`}
        />
      )}
      {grouping && <GroupsPanel held={kinds} update={update} onClose={() => setGrouping(false)} />}
      {adding && (
        <Panel
          title="Add optional claim"
          action="Add"
          ready={chosen.size > 0}
          onAction={add}
          onClose={() => setAdding(false)}
        >
          <ChoiceField
            legend="Token type"
            value={type}
            onChange={(value) => {
              setType(typesOf(claims).find((name) => name === value) ?? 'idToken')
              setChosen(new Set())
            }}
            options={tokenTypes}
          />
          <fieldset className="field">
            <legend>Claim</legend>
            {offered(type)
              .filter((name) => !held.has(name))
              .map((name) => (
                <CheckField
                  key={name}
                  label={
                    <span>
                      {name} <span className="hint">{described[name]}</span>
                    </span>
                  }
                  checked={chosen.has(name)}
                  onChange={(checked) => setChosen(withOrWithout(chosen, name, checked))}
                />
              ))}
          </fieldset>
        </Panel>
      )}
    </>
  )
}

/** Which groups, in the words of the admin center and of the manifest. */
const groupKinds: Readonly<Record<string, string>> = {
  SecurityGroup: 'Security groups',
  DirectoryRole: 'Directory roles',
  All: 'All groups (includes security groups, directory roles and groups assigned to the application)',
  ApplicationGroup: 'Groups assigned to the application',
}

interface GroupsPanelProps {
  readonly held: readonly string[]
  readonly update: SectionProps['update']
  readonly onClose: () => void
}

function GroupsPanel({ held, update, onClose }: GroupsPanelProps) {
  const { say } = useHere()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(held))
  const save = async () => {
    const kinds = Object.keys(groupKinds).filter((kind) => chosen.has(kind))
    await update({ groupMembershipClaims: kinds.length === 0 ? null : kinds.join(', ') })
    say('The groups claim was saved')
  }
  return (
    <Panel title="Edit groups claim" action="Save" onAction={save} onClose={onClose}>
      <fieldset className="field">
        <legend>Select group types to include in Access and ID tokens</legend>
        {Object.entries(groupKinds).map(([kind, words]) => (
          <CheckField
            key={kind}
            label={words}
            checked={chosen.has(kind)}
            onChange={(checked) => setChosen(withOrWithout(chosen, kind, checked))}
          />
        ))}
      </fieldset>
    </Panel>
  )
}

const typesOf = (_claims: OptionalClaims): readonly TokenType[] => ['idToken', 'accessToken', 'saml2Token']

function withOrWithout(names: ReadonlySet<string>, name: string, wanted: boolean): ReadonlySet<string> {
  const others = [...names].filter((other) => other !== name)
  return new Set(wanted ? [...others, name] : others)
}
