import { type ComponentType, lazy, Suspense } from 'react'
import { Page } from '../../controls/page.js'
import { Problem, Waiting } from '../../controls/problem.js'
import type { Application } from '../../graph/directory-objects.js'
import { Link } from '../../navigation/location.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'
import type { SectionProps } from './section.js'

interface Section {
  readonly words: string
  readonly Content: ComponentType<SectionProps>
}

/** In the order of the Entra admin center. */
const sections: Readonly<Record<string, Section>> = {
  overview: { words: 'Overview', Content: lazy(() => import('./overview.js')) },
  quickstart: { words: 'Quickstart', Content: lazy(() => import('./quickstart.js')) },
  credentials: { words: 'Certificates & secrets', Content: lazy(() => import('./credentials.js')) },
  'token-configuration': { words: 'Token configuration', Content: lazy(() => import('./token-configuration.js')) },
  'api-permissions': { words: 'API permissions', Content: lazy(() => import('./api-permissions.js')) },
  'expose-an-api': { words: 'Expose an API', Content: lazy(() => import('./expose-an-api.js')) },
  'app-roles': { words: 'App roles', Content: lazy(() => import('./app-roles.js')) },
  owners: { words: 'Owners', Content: lazy(() => import('./owners.js')) },
  manifest: { words: 'Manifest', Content: lazy(() => import('./manifest.js')) },
}

/** One application, and one of the sections of what is registered of it. */
export default function ApplicationPage({ id, section }: { readonly id: string; readonly section: string }) {
  const { graph } = useHere()
  const { value: application, error, reload } = useLoaded(id, () => graph<Application>('GET', `applications/${id}`))
  if (application === undefined) return error === undefined ? <Waiting /> : <Problem error={error} />
  const { words, Content } = sections[section] ?? { words: 'Overview', Content: () => null }
  const update = async (patch: object) => {
    await graph('PATCH', `applications/${id}`, patch)
    await reload()
  }
  return (
    <div className="two">
      <nav className="subsections" aria-label={application.displayName}>
        <p className="subject">{application.displayName}</p>
        <ul>
          {Object.entries(sections).map(([name, entry]) => (
            <li key={name}>
              <Link to={`/app-registrations/${id}/${name}`} current={name === section}>
                {entry.words}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Page title={`${application.displayName} | ${words}`}>
        <Problem error={error} />
        <Suspense fallback={<Waiting />}>
          <Content application={application} reload={reload} update={update} />
        </Suspense>
      </Page>
    </div>
  )
}
