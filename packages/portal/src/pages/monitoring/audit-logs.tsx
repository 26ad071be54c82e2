import { momentOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import type { Column } from '../../controls/table.js'
import { PagedList } from '../../graph/paged-list.js'

interface DirectoryAudit {
  readonly id: string
  readonly activityDateTime: string
  readonly activityDisplayName: string
  readonly category: string
  readonly result: string
  readonly initiatedBy: {
    readonly app: { readonly displayName: string | null } | null
    readonly user: { readonly userPrincipalName: string | null } | null
  }
  readonly targetResources: readonly { readonly displayName: string | null }[]
}

const columns: readonly Column<DirectoryAudit>[] = [
  { title: 'Date', show: ({ activityDateTime }) => momentOf(activityDateTime) },
  { title: 'Category', show: ({ category }) => category },
  { title: 'Activity', show: ({ activityDisplayName }) => activityDisplayName },
  {
    title: 'Status',
    show: ({ result }) => <span className="badge good">{result === 'success' ? 'Success' : result}</span>,
  },
  { title: 'Target', show: ({ targetResources }) => targetResources[0]?.displayName ?? '–' },
  {
    title: 'Initiated by (actor)',
    show: ({ initiatedBy: { app, user } }) => user?.userPrincipalName ?? app?.displayName ?? '–',
  },
]

export default function AuditLogs() {
  return (
    <Page title="Audit logs" lead="Every change of the directory, newest first.">
      <PagedList
        caption="Audit logs"
        path="auditLogs/directoryAudits?$top=50"
        columns={columns}
        idOf={({ id }) => id}
        empty={{ title: 'Nothing has been changed yet', hint: 'Register an application, and the change appears here.' }}
      />
    </Page>
  )
}
