import { Suspense, useEffect, useMemo, useState } from 'react'
import { IconButton } from '../controls/button.js'
import { SelectField } from '../controls/field.js'
import { Icon, type IconName } from '../controls/icon.js'
import { Problem, Waiting } from '../controls/problem.js'
import { go, Link, usePlace } from '../navigation/location.js'
import { createCalls } from '../session/calls.js'
import { Failure } from '../session/failure.js'
import { endSession, type Session } from '../session/session.js'
import { HereContext } from '../session/session-context.js'
import { ErrorBoundary } from './error-boundary.js'
import { pageAt } from './pages.js'
import { firstTheme, keepTheme, showTheme } from './theme.js'

interface Entry {
  readonly to: string
  readonly words: string
  readonly icon: IconName
}

/** The sections on the left, in the order of the Entra admin center; the last one is what only a local tenant has. */
const sections: Readonly<Record<string, readonly Entry[]>> = {
  Applications: [
    { to: '/app-registrations', words: 'App registrations', icon: 'app' },
    { to: '/enterprise-applications', words: 'Enterprise applications', icon: 'building' },
  ],
  Users: [
    { to: '/users', words: 'All users', icon: 'user' },
    { to: '/groups', words: 'All groups', icon: 'people' },
  ],
  'External Identities': [{ to: '/user-flows', words: 'User flows', icon: 'flow' }],
  'Monitoring & health': [
    { to: '/sign-in-logs', words: 'Sign-in logs', icon: 'check' },
    { to: '/audit-logs', words: 'Audit logs', icon: 'list' },
  ],
  'This tenant': [
    { to: '/requests', words: 'Live requests', icon: 'pulse' },
    { to: '/conditions', words: 'Keys, clock and faults', icon: 'clock' },
    { to: '/token-inspector', words: 'Token inspector', icon: 'token' },
  ],
}

interface FrameProps {
  readonly session: Session
  readonly onEnd: () => void
}

/** What stands around every page: the head, the sections, and the page of the place where we are. */
export default function Frame({ session, onEnd }: FrameProps) {
  const place = usePlace()
  const [chosen, setChosen] = useState(session.tenants[0])
  const [menu, setMenu] = useState(false)
  const [said, setSaid] = useState<{ readonly sentence: string; readonly at: number }>()
  const here = useMemo(() => {
    if (chosen === undefined) return null
    const say = (sentence: string) => setSaid({ sentence, at: Date.now() })
    return { ...createCalls(session, chosen.tenantId, onEnd), tenant: chosen, say }
  }, [session, chosen, onEnd])
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), 5_000)
    return () => clearTimeout(timer)
  }, [said])
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has gone somewhere is done with the sections.
  useEffect(() => setMenu(false), [place.join('/')])
  if (here === null || chosen === undefined) return <Problem error={new Failure('no_tenant', 'No tenant runs here.')} />

  const choose = (tenantId: string) => {
    setChosen(session.tenants.find((tenant) => tenant.tenantId === tenantId))
    go('/app-registrations')
  }
  const leave = () => void endSession(session).finally(onEnd)
  return (
    <HereContext value={here}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="head">
        <span className="menu">
          <IconButton icon="list" label="Sections" expanded={menu} onClick={() => setMenu(!menu)} />
        </span>
        <Link to="/app-registrations" className="brand">
          Tenantry <span>admin center</span>
        </Link>
        <div className="head-end">
          {session.tenants.length > 1 ? (
            <SelectField
              label="Tenant"
              value={chosen.tenantId}
              onChange={choose}
              options={Object.fromEntries(session.tenants.map(({ tenantId, subdomain }) => [tenantId, subdomain]))}
            />
          ) : (
            <span className="tenant">{chosen.subdomain}.onmicrosoft.com</span>
          )}
          <ThemeButton />
          <IconButton icon="close" label="Sign out" onClick={leave} />
        </div>
      </header>
      <div className="body">
        <nav className={menu ? 'sections open' : 'sections'} aria-label="Sections">
          {Object.entries(sections).map(([title, entries]) => (
            <div key={title}>
              <h2>{title}</h2>
              <ul>
                {entries.map(({ to, words, icon }) => (
                  <li key={to}>
                    <Link to={to} current={`/${place[0] ?? 'app-registrations'}` === to}>
                      <Icon name={icon} />
                      {words}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <main id="main" tabIndex={-1}>
          <ErrorBoundary key={place.join('/')} show={(error) => <Problem error={error} />}>
            <Suspense fallback={<Waiting />}>
              <div className="here" key={chosen.tenantId}>
                {pageAt(place)}
              </div>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <output className="said">
        {said !== undefined && (
          <span key={said.at}>
            <Icon name="check" />
            {said.sentence}
          </span>
        )}
      </output>
    </HereContext>
  )
}

function ThemeButton() {
  const [theme, setTheme] = useState(firstTheme)
  useEffect(() => showTheme(theme), [theme])
  const other = theme === 'dark' ? 'light' : 'dark'
  const change = () => {
    keepTheme(other)
    setTheme(other)
  }
  return <IconButton icon={theme === 'dark' ? 'sun' : 'moon'} label={`Use the ${other} theme`} onClick={change} />
}
