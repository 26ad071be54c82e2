import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { dayOf } from '../../controls/moment.js'
import { Page } from '../../controls/page.js'
import { Search } from '../../controls/search.js'
import type { Column } from '../../controls/table.js'
import type { Application } from '../../graph/directory-objects.js'
import { PagedList } from '../../graph/paged-list.js'
import { searchOf } from '../../graph/search-of.js'
import { go, Link } from '../../navigation/location.js'

const selected = '$select=id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials'

export default function AppRegistrations() {
  const [text, setText] = useState('')
  const path = `applications?$top=50&$count=true&$orderby=displayName&${selected}${searchOf(text)}`
  return (
    <Page
      title="App registrations"
      lead="Every program that signs in, and every API that takes its tokens, is registered here first."
    >
      <Commands>
        <Button kind="primary" icon="add" onClick={() => go('/app-registrations/new')}>
          New registration
        </Button>
        <Search label="Display name or application (client) ID" onSearch={setText} />
      </Commands>
      <PagedList
        caption="App registrations"
        path={path}
        columns={columns}
        idOf={({ id }) => id}
        empty={emptyFor(text)}
      />
    </Page>
  )
}

const columns: readonly Column<Application>[] = [
  {
    title: 'Display name',
    show: ({ id, displayName }) => <Link to={`/app-registrations/${id}`}>{displayName}</Link>,
  },
  { title: 'Application (client) ID', show: ({ appId }) => <Copied name="application ID" value={appId} /> },
  { title: 'Created on', show: ({ createdDateTime }) => dayOf(createdDateTime) },
  { title: 'Certificates & secrets', show: credentialsOf },
]

function credentialsOf({ passwordCredentials, keyCredentials }: Application) {
  const ends = [...passwordCredentials, ...keyCredentials].map(({ endDateTime }) => endDateTime).sort()
  const [first] = ends
  if (first === undefined) return <span className="faint">None</span>
  return Date.parse(first) < Date.now() ? (
    <span className="badge bad">Expired</span>
  ) : (
    <span className="badge good">Current</span>
  )
}

const emptyFor = (text: string) =>
  text === ''
    ? {
        title: 'No applications yet',
        hint: 'Register the first one, or run npm run up, which registers the two of the tutorial.',
      }
    : { title: 'Nothing found', hint: `No application is called “${text}” or has it as its application ID.` }
