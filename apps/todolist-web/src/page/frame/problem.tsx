import { useEffect, useState } from 'react'
import { explain } from './explanation.js'

interface ProblemProps {
  /** null: there is none. */
  readonly error: unknown
  readonly onTryAgain?: (() => void) | undefined
  readonly onSignIn?: (() => void) | undefined
}

/** Says what is wrong, aloud too, and offers what helps. */
export function Problem({ error, onTryAgain, onSignIn }: ProblemProps) {
  const online = useOnline()
  if (error === null) return <div role="alert" />
  const { title, text, next, link, code } = explain(error, { online })
  return (
    <div role="alert" className="problem">
      <h2>{title}</h2>
      <p>{text}</p>
      {code !== undefined && <p className="code">{code}</p>}
      <div className="actions">
        {next === 'sign in' && onSignIn !== undefined && (
          <button type="button" className="button" onClick={onSignIn}>
            Sign in again
          </button>
        )}
        {next === 'try again' && onTryAgain !== undefined && (
          <button type="button" className="button" onClick={onTryAgain}>
            Try again
          </button>
        )}
        {link !== undefined && (
          <a className="button" href={link.href} target="_blank" rel="noreferrer">
            {link.text}
          </a>
        )}
      </div>
    </div>
  )
}

export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const look = () => setOnline(navigator.onLine)
    addEventListener('online', look)
    addEventListener('offline', look)
    return () => {
      removeEventListener('online', look)
      removeEventListener('offline', look)
    }
  }, [])
  return online
}
