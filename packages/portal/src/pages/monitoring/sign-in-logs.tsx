import { momentOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import type { Column } from '../../controls/table.js'
import { PagedList } from '../../graph/paged-list.js'

interface SignIn {
  readonly id: string
  readonly createdDateTime: string
  readonly appId: string
  readonly appDisplayName: string | null
  readonly resourceDisplayName: string | null
  readonly ipAddress: string
  readonly correlationId: string | null
  readonly status: { readonly errorCode: number }
}

const columns: readonly Column<SignIn>[] = [
  { title: 'Date', show: ({ createdDateTime }) => momentOf(createdDateTime) },
  {
    title: 'Application',
    show: ({ appDisplayName, appId }) => appDisplayName ?? <span className="value">{appId}</span>,
  },
  {
    title: 'Status',
    show: ({ status }) =>
      status.errorCode === 0 ? (
        <span className="badge good">Success</span>
      ) : (
        <span className="badge bad">Failure · AADSTS{status.errorCode}</span>
      ),
  },
  { title: 'Resource', show: ({ resourceDisplayName }) => resourceDisplayName ?? '–' },
  { title: 'IP address', show: ({ ipAddress }) => ipAddress },
  { title: 'Correlation ID', show: ({ correlationId }) => <span className="value">{correlationId ?? '–'}</span> },
]

export default function SignInLogs() {
  return (
    <Page
      title="Sign-in logs"
      lead="Every token that an application asked for, newest first. See Live requests for what was wrong."
    >
      <PagedList
        caption="Service principal sign-ins"
        path="auditLogs/signIns?$top=50"
        columns={columns}
        idOf={({ id }) => id}
        empty={{ title: 'Nobody has signed in yet', hint: 'Run node . --op getToDos, and its sign-in appears here.' }}
      />
    </Page>
  )
}
