import { useState } from 'react'
import { Button, Commands, IconButton } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { SelectField, TextField } from '../../controls/field.js'
import { dayOf } from '../../controls/moment.js'
import { Tabs } from '../../controls/page.js'
import { Panel } from '../../controls/panel.js'
import { Note, Nothing } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import type { KeyCredential, PasswordCredential } from '../../graph/directory-objects.js'
import { useHere } from '../../session/session-context.js'
import { certificateIn } from './certificate-file.js'
import type { SectionProps } from './section.js'

export default function Credentials(props: SectionProps) {
  const { passwordCredentials, keyCredentials } = props.application
  const [tab, setTab] = useState('secrets')
  const tabs = {
    certificates: `Certificates (${keyCredentials.length})`,
    secrets: `Client secrets (${passwordCredentials.length})`,
  }
  return (
    <>
      <p className="lead">
        Credentials enable applications to identify themselves when they ask for tokens. For production, certificates
        are the better choice.
      </p>
      <Tabs label="Kinds of credentials" value={tab} onChange={setTab} tabs={tabs} />
      {tab === 'secrets' ? <Secrets {...props} /> : <Certificates {...props} />}
    </>
  )
}

/** Days, as the admin center offers them. */
const lifetimes = {
  '180': 'Recommended: 180 days (6 months)',
  '90': '90 days (3 months)',
  '365': '365 days (12 months)',
  '545': '545 days (18 months)',
  '730': '730 days (24 months)',
}

function Secrets({ application, reload }: SectionProps) {
  const { graph, control, say } = useHere()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<PasswordCredential>()
  const [description, setDescription] = useState('')
  const [days, setDays] = useState('180')
  // As long as this page is open: it cannot be had again.
  const [fresh, setFresh] = useState<PasswordCredential>()
  const base = `applications/${application.id}`

  const add = async () => {
    // The tenant's clock decides what is over, and it may have been set.
    const { now } = await control<{ now: string }>('GET', 'clock')
    const endDateTime = new Date(Date.parse(now) + Number(days) * 86_400_000).toISOString()
    const passwordCredential = { displayName: description === '' ? null : description, endDateTime }
    setFresh(await graph<PasswordCredential>('POST', `${base}/addPassword`, { passwordCredential }))
    setDescription('')
    await reload()
  }
  const remove = async ({ keyId }: PasswordCredential) => {
    await graph('POST', `${base}/removePassword`, { keyId })
    await reload()
    say('The client secret was deleted')
  }
  const columns: readonly Column<PasswordCredential>[] = [
    { title: 'Description', show: ({ displayName }) => displayName ?? '–' },
    { title: 'Expires', show: ({ endDateTime }) => dayOf(endDateTime) },
    {
      title: 'Value',
      show: ({ keyId, hint }) =>
        keyId === fresh?.keyId ? (
          <Copied name="secret value" value={fresh.secretText ?? ''} />
        ) : (
          <span className="faint">{hint}••••••••••••</span>
        ),
    },
    { title: 'Secret ID', show: ({ keyId }) => <Copied name="Secret ID" value={keyId} /> },
    {
      title: 'Delete',
      quiet: true,
      show: (secret) => <IconButton icon="delete" label="Delete secret" onClick={() => setRemoving(secret)} />,
    },
  ]
  return (
    <>
      <p>A secret string that the application uses to prove its identity when requesting a token.</p>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          New client secret
        </Button>
      </Commands>
      {fresh !== undefined && (
        <Note>
          Copy the new value now: client secret values cannot be viewed, except for immediately after creation.
        </Note>
      )}
      {application.passwordCredentials.length === 0 ? (
        <Nothing title="No client secrets have been created for this application." />
      ) : (
        <Table
          caption="Client secrets"
          columns={columns}
          rows={application.passwordCredentials}
          idOf={({ keyId }) => keyId}
        />
      )}
      {adding && (
        <Panel title="Add a client secret" action="Add" onAction={add} onClose={() => setAdding(false)}>
          <TextField
            label="Description"
            value={description}
            onChange={setDescription}
            placeholder="Enter a description for this client secret"
          />
          <SelectField label="Expires" value={days} onChange={setDays} options={lifetimes} />
        </Panel>
      )}
      {removing !== undefined && (
        <Panel
          shape="question"
          danger
          title="Delete this client secret?"
          action="Yes"
          cancel="No"
          onAction={() => remove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          <p>Programs that use it get no more tokens.</p>
        </Panel>
      )}
    </>
  )
}

function Certificates({ application, update }: SectionProps) {
  const [adding, setAdding] = useState(false)
  const [file, setFile] = useState<File>()
  const [description, setDescription] = useState('')
  const others = (keyId: string) => application.keyCredentials.filter((key) => key.keyId !== keyId)
  const add = async () => {
    if (file === undefined) return
    const key = certificateIn(new Uint8Array(await file.arrayBuffer()))
    const named = description === '' ? {} : { displayName: description }
    const added = { type: 'AsymmetricX509Cert', usage: 'Verify', key, ...named }
    // The collection is replaced whole: those that were there are sent back by their ids.
    await update({ keyCredentials: [...application.keyCredentials, added] })
  }
  const columns: readonly Column<KeyCredential>[] = [
    { title: 'Thumbprint', show: ({ customKeyIdentifier }) => <span className="value">{customKeyIdentifier}</span> },
    { title: 'Description', show: ({ displayName }) => displayName ?? '–' },
    { title: 'Start date', show: ({ startDateTime }) => dayOf(startDateTime) },
    { title: 'Expires', show: ({ endDateTime }) => dayOf(endDateTime) },
    { title: 'Certificate ID', show: ({ keyId }) => <Copied name="Certificate ID" value={keyId} /> },
    {
      title: 'Delete',
      quiet: true,
      show: ({ keyId }) => (
        <IconButton
          icon="delete"
          label="Delete certificate"
          onClick={() => void update({ keyCredentials: others(keyId) })}
        />
      ),
    },
  ]
  return (
    <>
      <p>Certificates can be used as secrets to prove the application's identity. Also called public keys.</p>
      <Commands>
        <Button icon="add" onClick={() => setAdding(true)}>
          Upload certificate
        </Button>
      </Commands>
      {application.keyCredentials.length === 0 ? (
        <Nothing title="No certificates have been added for this application.">
          The command <code>tenantry apps rotate-cert</code> makes one and uploads it.
        </Nothing>
      ) : (
        <Table caption="Certificates" columns={columns} rows={application.keyCredentials} idOf={({ keyId }) => keyId} />
      )}
      {adding && (
        <Panel
          title="Upload certificate"
          action="Add"
          ready={file !== undefined}
          onAction={add}
          onClose={() => setAdding(false)}
        >
          <label className="field">
            Upload a certificate (public key) with one of these file types: .cer, .pem, .crt
            <input type="file" accept=".cer,.pem,.crt" onChange={({ target }) => setFile(target.files?.[0])} />
          </label>
          <TextField label="Description" value={description} onChange={setDescription} />
        </Panel>
      )}
    </>
  )
}
