import type { ReactNode } from 'react'
import { Failure, nextStep } from '../session/failure.js'
import { Icon } from './icon.js'

/** What went wrong, and what to do next. Nothing when nothing did. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined || error === null) return null
  const failure = asFailure(error)
  const next = nextStep(failure)
  return (
    <div className="notice bad" role="alert">
      <Icon name="warning" />
      <div>
        <p>{failure.message}</p>
        {next !== null && <p>{next}</p>}
        <p className="faint">{failure.code}</p>
      </div>
    </div>
  )
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('unexpected', error instanceof Error ? error.message : 'The page failed: reload it.')
}

/** A remark that belongs to the page. */
export function Note({ children }: { readonly children: ReactNode }) {
  return (
    <div className="notice">
      <p>{children}</p>
    </div>
  )
}

/** What stands where a list is empty: why it is, and what to do. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="nothing">
      <p className="nothing-title">{title}</p>
      {children !== undefined && <div>{children}</div>}
    </div>
  )
}

export function Waiting() {
  return (
    <div className="waiting" role="status">
      <span className="unseen">Loading</span>
      <span />
      <span />
      <span />
    </div>
  )
}
