import { useState } from 'react'
import { CopyButton } from '../../controls/copied.js'
import { Tabs } from '../../controls/page.js'
import { Note } from '../../controls/problem.js'
import type { ServicePrincipal } from '../../graph/directory-objects.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import { type Quickstart as Kind, kinds, settingsFor } from './quickstart-settings.js'
import type { SectionProps } from './section.js'

const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name)

export default function Quickstart({ application }: SectionProps) {
  const { graph, tenant } = useHere()
  const [kind, setKind] = useState<Kind>(application.appRoles.length > 0 ? 'api' : 'daemon')
  const wanted = application.requiredResourceAccess.find(({ resourceAccess }) =>
    resourceAccess.some(({ type }) => type === 'Role'),
  )?.resourceAppId
  const api = useLoaded(wanted ?? '', async () =>
    wanted === undefined ? null : await graph<ServicePrincipal>('GET', `servicePrincipals(appId='${wanted}')`),
  )
  const scope = `${api.value?.servicePrincipalNames.find((name) => name.startsWith('api://')) ?? 'api://<the API>'}/.default`
  const text = settingsFor(kind, {
    origin: location.origin,
    tenantId: tenant.tenantId,
    clientId: application.appId,
    scope,
  })
  return (
    <>
      <p className="lead">Settings with the ids of this application, ready to copy.</p>
      <Tabs label="Programs" value={kind} onChange={(name) => setKind(isKind(name) ? name : kind)} tabs={kinds} />
      <div className="snippet">
        <CopyButton name="settings" value={text} />
        <pre>
          <code>{text}</code>
        </pre>
      </div>
      <Note>
        The secret is not in it: it is shown once, under Certificates &amp; secrets. <code>ca.pem</code> lies in the
        data folder, <code>.tenantry</code> unless you chose another.
      </Note>
    </>
  )
}
