import { lazy, Suspense, useEffect, useState } from 'react'
import { mayBeSignedIn } from '../session/open-session.js'
import type { Session } from '../session/session.js'
import { Logo } from './logo.js'
import { Problem } from './problem.js'
import { Welcome } from './welcome.js'

const TodoPage = lazy(() => import('../todos/todo-page.js'))

interface AppProps {
  readonly opening: Promise<Session>
}

/** The to-dos of whoever is signed in, or the page that asks to sign in. */
export function App({ opening }: AppProps) {
  const [session, setSession] = useState<Session | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [hopeful] = useState(mayBeSignedIn)
  useEffect(() => {
    opening.then(setSession, setFailure)
  }, [opening])
  if (failure !== null) return <Broken error={failure} />
  if (session?.user) {
    return (
      <Suspense fallback={<Opening />}>
        <TodoPage session={session} user={session.user} />
      </Suspense>
    )
  }
  if (session === null && hopeful) return <Opening />
  return <Welcome opening={opening} refused={session?.refused ?? null} />
}

function Opening() {
  return (
    <main className="opening">
      <Logo />
      <p>Opening your to-dos…</p>
    </main>
  )
}

function Broken({ error }: { readonly error: unknown }) {
  return (
    <main className="opening">
      <Logo />
      <h1 className="unseen">To-dos</h1>
      <Problem error={error} onTryAgain={() => location.reload()} />
    </main>
  )
}
