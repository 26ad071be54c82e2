import { type ReactNode, useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { Copied } from '../../controls/copied.js'
import { dayOf } from '../../controls/moment.js'
import { Panel } from '../../controls/panel.js'
import { go, Link } from '../../navigation/location.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

export default function Overview({ application }: SectionProps) {
  const { graph, tenant, say } = useHere()
  const [deleting, setDeleting] = useState(false)
  const { id, appId, displayName, identifierUris, passwordCredentials, keyCredentials } = application
  const authority = `${location.origin}/${tenant.tenantId}`
  const to = (section: string) => `/app-registrations/${id}/${section}`
  const redirects = [application.web, application.spa, application.publicClient].flatMap(
    ({ redirectUris }) => redirectUris,
  )
  return (
    <>
      <Commands>
        <Button kind="quiet" icon="delete" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </Commands>
      <h2>Essentials</h2>
      <dl className="facts card">
        <Fact name="Display name">{displayName}</Fact>
        <Fact name="Client credentials">
          <Link to={to('credentials')}>
            {keyCredentials.length} certificate, {passwordCredentials.length} secret
          </Link>
        </Fact>
        <Fact name="Application (client) ID">
          <Copied name="Application (client) ID" value={appId} />
        </Fact>
        <Fact name="Redirect URIs">{redirects.length === 0 ? 'None' : redirects.join(', ')}</Fact>
        <Fact name="Object ID">
          <Copied name="Object ID" value={id} />
        </Fact>
        <Fact name="Application ID URI">
          {identifierUris[0] === undefined ? (
            <Link to={to('expose-an-api')}>Add an Application ID URI</Link>
          ) : (
            <Copied name="Application ID URI" value={identifierUris[0]} />
          )}
        </Fact>
        <Fact name="Directory (tenant) ID">
          <Copied name="Directory (tenant) ID" value={tenant.tenantId} />
        </Fact>
        <Fact name="Created on">{dayOf(application.createdDateTime)}</Fact>
      </dl>
      <h2>Endpoints</h2>
      <dl className="facts card wide">
        <Fact name="Authority">
          <Copied name="Authority" value={authority} />
        </Fact>
        <Fact name="OAuth 2.0 token endpoint (v2)">
          <Copied name="OAuth 2.0 token endpoint (v2)" value={`${authority}/oauth2/v2.0/token`} />
        </Fact>
        <Fact name="OpenID Connect metadata document">
          <Copied
            name="OpenID Connect metadata document"
            value={`${authority}/v2.0/.well-known/openid-configuration`}
          />
        </Fact>
        <Fact name="Microsoft Graph API endpoint">
          <Copied name="Microsoft Graph API endpoint" value={`${location.origin}/v1.0`} />
        </Fact>
      </dl>
      {deleting && (
        <Panel
          shape="question"
          danger
          title={`Delete ${displayName}?`}
          action="Delete"
          onClose={() => setDeleting(false)}
          onAction={async () => {
            await graph('DELETE', `applications/${id}`)
            say(`${displayName} was deleted`)
            go('/app-registrations')
          }}
        >
          <p>
            Programs that sign in as it, and callers of its API, get no more tokens. It can be restored through Graph.
          </p>
        </Panel>
      )}
    </>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
