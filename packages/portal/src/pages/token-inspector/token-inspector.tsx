import { useState } from 'react'
import { TextField } from '../../controls/field.js'
import { momentOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Note, Nothing, Problem } from '../../controls/problem.js'
import { type Column, Table } from '../../controls/table.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import { type ClaimRow, type Inspected, inspect } from './claims.js'
import { signatureOf } from './signature.js'

export default function TokenInspector() {
  const [token, setToken] = useState('')
  const inspected = inspect(token)
  return (
    <Page
      title="Token inspector"
      lead="What stands in a token, claim by claim. It is read in this page and sent nowhere."
    >
      <div className="code-field">
        <TextField label="Token" lines={6} value={token} onChange={setToken} placeholder="Paste a token: eyJ0eXAi…" />
      </div>
      {token.trim() !== '' && inspected === undefined && (
        <Nothing title="This is no JSON Web Token">
          It has three parts with dots between them, and begins with eyJ.
        </Nothing>
      )}
      {inspected !== undefined && <Report token={token} inspected={inspected} />}
    </Page>
  )
}

const columns: readonly Column<ClaimRow>[] = [
  { title: 'Claim', show: ({ name }) => <strong>{name}</strong> },
  { title: 'Value', show: ({ value }) => <span className="value breaking">{value}</span> },
  { title: 'Meaning', show: ({ meaning }) => meaning },
]

function Report({ token, inspected }: { readonly token: string; readonly inspected: Inspected }) {
  const { control, tenant } = useHere()
  const { header, claims, summary, expires } = inspected
  const signature = useLoaded(token, () => signatureOf(token, header['kid'], tenant.tenantId))
  const clock = useLoaded(`clock ${token}`, () => control<{ now: string }>('GET', 'clock'))
  const over = expires !== null && clock.value !== undefined && Date.parse(clock.value.now) >= expires.getTime()
  return (
    <>
      <Note>{summary}</Note>
      <Problem error={signature.error ?? clock.error} />
      <dl className="facts card">
        <div>
          <dt>Signature</dt>
          <dd>{signature.value ?? '…'}</dd>
        </div>
        <div>
          <dt>Expires</dt>
          <dd>
            {expires === null ? 'Never: it has no exp' : momentOf(expires.toISOString())}{' '}
            {over && <span className="badge bad">over by the tenant's clock</span>}
          </dd>
        </div>
        <div>
          <dt>Algorithm</dt>
          <dd>{String(header['alg'])}</dd>
        </div>
        <div>
          <dt>Key ID</dt>
          <dd className="value breaking">{String(header['kid'])}</dd>
        </div>
      </dl>
      <Table caption="Claims" columns={columns} rows={claims} idOf={({ name }) => name} />
    </>
  )
}
