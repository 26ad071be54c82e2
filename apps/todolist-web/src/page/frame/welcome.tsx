import { useState } from 'react'
import type { Session } from '../session/session.js'
import { Logo } from './logo.js'
import { Problem } from './problem.js'

interface WelcomeProps {
  readonly opening: Promise<Session>
  /** Why the sign-in that the page comes back from brought nobody; null at first. */
  readonly refused: unknown
}

/** What everybody sees first. It is there before MSAL is: a button that is pressed waits for it. */
export function Welcome({ opening, refused }: WelcomeProps) {
  const [failure, setFailure] = useState<unknown>(null)
  const [tried, setTried] = useState(false)
  const [leaving, setLeaving] = useState(false)
  const error = failure ?? (tried ? null : refused)
  const leave = (go: (session: Session) => Promise<void>) => {
    setTried(true)
    setLeaving(true)
    setFailure(null)
    opening.then(go).catch((reason: unknown) => {
      setFailure(reason)
      setLeaving(false)
    })
  }
  const signIn = () => leave((session) => session.signIn())
  return (
    <div className="welcome">
      <header className="head">
        <span className="brand">
          <Logo /> To-dos
        </span>
      </header>
      <main>
        <div className="pitch">
          <h1>
            Everything you have to do. <em>Nobody else’s.</em>
          </h1>
          <p className="lead">
            A to-do list that is yours alone: sign in, and it has what you put there and nothing else.
          </p>
          <Problem error={error} onSignIn={signIn} onTryAgain={signIn} />
          <div className="actions">
            <button type="button" className="button primary large" disabled={leaving} onClick={signIn}>
              Sign in
            </button>
            <button
              type="button"
              className="button large"
              disabled={leaving}
              onClick={() => leave((session) => session.signUp())}
            >
              Create an account
            </button>
          </div>
          <p className="hint" role="status">
            {leaving
              ? 'Going to the sign-in…'
              : 'You sign in at your organization’s tenant. This page never sees a password.'}
          </p>
        </div>
        <Specimen />
      </main>
    </div>
  )
}

/** A picture of what is behind the sign-in. */
function Specimen() {
  return (
    <div className="specimen" aria-hidden="true">
      <p className="specimen-title">Today</p>
      {['Pick up grocery', 'Finish invoice report', 'Water plants'].map((text) => (
        <p key={text} className="specimen-row">
          <span className="dot" />
          {text}
        </p>
      ))}
      <p className="specimen-row faint">
        <span className="plus">+</span>What is next?
      </p>
    </div>
  )
}
