import { useState } from 'react'
import { Address } from '../../controls/address.js'
import { momentOf } from '../../controls/moment.js'
import { Page, Tabs } from '../../controls/page.js'
import type { Column } from '../../controls/table.js'
import { PagedList } from '../../graph/paged-list.js'

interface SignIn {
  readonly id: string
  readonly createdDateTime: string
  readonly userDisplayName: string | null
  readonly userPrincipalName: string | null
  readonly appId: string
  readonly appDisplayName: string | null
  readonly clientAppUsed: string | null
  readonly authenticationProtocol: string
  readonly resourceDisplayName: string | null
  readonly ipAddress: string
  readonly correlationId: string | null
  readonly status: { readonly errorCode: number }
}

type Kind = 'interactiveUser' | 'nonInteractiveUser' | 'servicePrincipal'

const date: Column<SignIn> = { title: 'Date', show: ({ createdDateTime }) => momentOf(createdDateTime) }
const user: Column<SignIn> = {
  title: 'User',
  show: ({ userDisplayName, userPrincipalName }) =>
    userPrincipalName === null ? (
      '–'
    ) : (
      <>
        {userDisplayName}
        <p className="hint breaking">
          <Address value={userPrincipalName} />
        </p>
      </>
    ),
}
// Few columns with two lines each: all of them are seen in a window of 1000 pixels.
const application: Column<SignIn> = {
  title: 'Application, resource',
  show: ({ appDisplayName, appId, resourceDisplayName }) => (
    <>
      {appDisplayName ?? <span className="value">{appId}</span>}
      <p className="hint breaking">{resourceDisplayName ?? '–'}</p>
    </>
  ),
}
// The reason is found by the correlation ID, so the two are read together.
const status: Column<SignIn> = {
  title: 'Status, correlation ID',
  show: ({ status: { errorCode }, correlationId }) => (
    <>
      {errorCode === 0 ? (
        <span className="badge good">Success</span>
      ) : (
        <span className="badge bad">Failure · AADSTS{errorCode}</span>
      )}
      {correlationId !== null && <p className="hint value breaking">{correlationId}</p>}
    </>
  ),
}
const address: Column<SignIn> = { title: 'IP address', show: ({ ipAddress }) => ipAddress }
const client: Column<SignIn> = {
  title: 'Client app, IP address',
  show: ({ clientAppUsed, authenticationProtocol, ipAddress }) => (
    <>
      {clientAppUsed ?? '–'}
      <p className="hint">{authenticationProtocol === 'deviceCode' ? `Device code, ${ipAddress}` : ipAddress}</p>
    </>
  ),
}

const ofUsers = [date, user, application, status, client]
const ofApplications = [date, application, status, address]

const tabs: Readonly<Record<Kind, string>> = {
  interactiveUser: 'User sign-ins (interactive)',
  nonInteractiveUser: 'User sign-ins (non-interactive)',
  servicePrincipal: 'Service principal sign-ins',
}

const hints: Readonly<Record<Kind, string>> = {
  interactiveUser: 'Sign in to the web app of npm run up, or to an application of your own: it appears here.',
  nonInteractiveUser: 'What an application gets with a code or a refresh token of a user appears here.',
  servicePrincipal: 'Run node . --op getToDos, and its sign-in appears here.',
}

export default function SignInLogs() {
  const [tab, setTab] = useState<string>('interactiveUser')
  const kind: Kind = isKind(tab) ? tab : 'interactiveUser'
  const filter = encodeURIComponent(`signInEventTypes/any(t: t eq '${kind}')`)
  return (
    <Page
      title="Sign-in logs"
      lead="Who signed in or tried to, newest first: users by themselves, applications for them, applications as themselves."
    >
      <Tabs label="Sign-ins" value={kind} onChange={setTab} tabs={tabs} />
      <PagedList
        key={kind}
        caption={tabs[kind]}
        // What kind a sign-in is of, beta alone tells.
        path={`beta/auditLogs/signIns?$filter=${filter}&$top=50`}
        columns={kind === 'servicePrincipal' ? ofApplications : ofUsers}
        idOf={({ id }) => id}
        empty={{ title: 'Nobody has signed in yet', hint: hints[kind] }}
      />
    </Page>
  )
}

const isKind = (name: string): name is Kind => Object.hasOwn(tabs, name)
