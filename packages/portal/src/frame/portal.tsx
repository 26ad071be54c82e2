import { lazy, Suspense, use, useState } from 'react'
import { Problem, Waiting } from '../controls/problem.js'
import { forgetSession, type Session } from '../session/session.js'
import { ErrorBoundary } from './error-boundary.js'

const Frame = lazy(() => import('./frame.js'))

interface PortalProps {
  readonly opening: Promise<Session | null>
}

/** The whole portal, once it is known whether whoever looks may use it. */
export function Portal({ opening }: PortalProps) {
  return (
    <ErrorBoundary show={(error) => <Closed error={error} />}>
      <Suspense fallback={<Waiting />}>
        <Entrance opening={opening} />
      </Suspense>
    </ErrorBoundary>
  )
}

function Entrance({ opening }: PortalProps) {
  const session = use(opening)
  const [over, setOver] = useState(false)
  const end = () => {
    forgetSession()
    setOver(true)
  }
  if (session === null || over) return <Closed />
  return <Frame session={session} onEnd={end} />
}

/** Says how to come in. */
function Closed({ error }: { readonly error?: unknown }) {
  return (
    <main className="closed">
      <h1>Tenantry admin center</h1>
      <Problem error={error} />
      <p>This page is opened by a link from your terminal, which is good once and for five minutes:</p>
      <pre>npm run tenantry portal</pre>
      <p className="faint">Nothing but that link opens it, because whoever has it administers the tenant.</p>
    </main>
  )
}
