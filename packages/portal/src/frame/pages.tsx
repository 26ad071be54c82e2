import { lazy, type ReactNode } from 'react'
import { Page } from '../controls/page.js'
import { Link } from '../navigation/location.js'

// Each is a file of its own, which is fetched when somebody goes there.
const AppRegistrations = lazy(() => import('../pages/app-registrations/app-registrations.js'))
const RegisterApplication = lazy(() => import('../pages/app-registrations/register-application.js'))
const ApplicationPage = lazy(() => import('../pages/application/application-page.js'))
const EnterpriseApplications = lazy(() => import('../pages/enterprise-applications/enterprise-applications.js'))
const EnterpriseApplication = lazy(() => import('../pages/enterprise-applications/enterprise-application.js'))
const Users = lazy(() => import('../pages/users/users.js'))
const Groups = lazy(() => import('../pages/groups/groups.js'))
const Group = lazy(() => import('../pages/groups/group.js'))
const UserFlows = lazy(() => import('../pages/user-flows/user-flows.js'))
const UserFlow = lazy(() => import('../pages/user-flows/user-flow.js'))
const SignInLogs = lazy(() => import('../pages/monitoring/sign-in-logs.js'))
const AuditLogs = lazy(() => import('../pages/monitoring/audit-logs.js'))
const LiveRequests = lazy(() => import('../pages/monitoring/live-requests.js'))
const Conditions = lazy(() => import('../pages/test-conditions/conditions.js'))
const TokenInspector = lazy(() => import('../pages/token-inspector/token-inspector.js'))

/** By the first segment of the place. */
const pages: Readonly<Record<string, (deeper: readonly string[]) => ReactNode>> = {
  'app-registrations': ([id, section = 'overview']) => {
    if (id === undefined) return <AppRegistrations />
    return id === 'new' ? <RegisterApplication /> : <ApplicationPage key={id} id={id} section={section} />
  },
  'enterprise-applications': ([id, section = 'overview']) =>
    id === undefined ? <EnterpriseApplications /> : <EnterpriseApplication key={id} id={id} section={section} />,
  users: () => <Users />,
  groups: ([id]) => (id === undefined ? <Groups /> : <Group key={id} id={id} />),
  'user-flows': ([id, section = 'overview']) =>
    id === undefined ? <UserFlows /> : <UserFlow key={id} id={id} section={section} />,
  'sign-in-logs': () => <SignInLogs />,
  'audit-logs': () => <AuditLogs />,
  requests: () => <LiveRequests />,
  conditions: () => <Conditions />,
  'token-inspector': () => <TokenInspector />,
}

export function pageAt([first = 'app-registrations', ...deeper]: readonly string[]): ReactNode {
  const page = Object.hasOwn(pages, first) ? pages[first] : undefined
  if (page !== undefined) return page(deeper)
  return (
    <Page title="There is no such page" lead="The address leads nowhere in this portal.">
      <Link to="/app-registrations">Go to App registrations</Link>
    </Page>
  )
}
