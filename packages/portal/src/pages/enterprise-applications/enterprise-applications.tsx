import { useState } from 'react'
import { Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { dayOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Search } from '../../controls/search.js'
import type { Column } from '../../controls/table.js'
import type { ServicePrincipal } from '../../graph/directory-objects.js'
import { PagedList } from '../../graph/paged-list.js'
import { searchOf } from '../../graph/search-of.js'
import { Link } from '../../navigation/location.js'

export default function EnterpriseApplications() {
  const [text, setText] = useState('')
  const path = `servicePrincipals?$top=50&$count=true&$orderby=displayName${searchOf(text)}`
  return (
    <Page
      title="Enterprise applications"
      lead="What applications are in this tenant: who may use them, and what they were granted."
    >
      <Commands>
        <Search label="Display name or application ID" onSearch={setText} />
      </Commands>
      <PagedList
        caption="Enterprise applications"
        path={path}
        columns={columns}
        idOf={({ id }) => id}
        empty={{ title: 'Nothing found', hint: 'An application comes here when it is registered.' }}
      />
    </Page>
  )
}

const columns: readonly Column<ServicePrincipal>[] = [
  {
    title: 'Name',
    show: ({ id, displayName }) => <Link to={`/enterprise-applications/${id}`}>{displayName}</Link>,
  },
  { title: 'Object ID', show: ({ id }) => <Copied name="object ID" value={id} /> },
  { title: 'Application ID', show: ({ appId }) => <Copied name="application ID" value={appId} /> },
  { title: 'Created on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
]
