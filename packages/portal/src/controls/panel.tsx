import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button, IconButton } from './button.js'
import { Problem } from './problem.js'

interface PanelProps {
  readonly title: string
  readonly children: ReactNode
  /** What the button says that does it, such as `Add`. */
  readonly action: string
  /** Does it. The panel closes when it has, and shows what it throws. */
  readonly onAction: () => Promise<unknown>
  readonly onClose: () => void
  readonly ready?: boolean
  /** `panel` slides in from the side for a form, `question` stands in the middle. */
  readonly shape?: 'panel' | 'question'
  readonly danger?: boolean
  readonly cancel?: string
}

/** A form in front of the page, or a question. The browser's own dialog keeps focus inside and gives it back. */
export function Panel(props: PanelProps) {
  const {
    title,
    children,
    action,
    onAction,
    onClose,
    ready = true,
    shape = 'panel',
    danger = false,
    cancel = 'Cancel',
  } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  const act = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await onAction()
      onClose()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <dialog ref={dialog} className={shape} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={(event) => void act(event)}>
        <header>
          <h2 id={heading}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <div className="panel-body">
          <Problem error={error} />
          {children}
        </div>
        <footer>
          <Button submit kind={danger ? 'danger' : 'primary'} disabled={busy || !ready}>
            {action}
          </Button>
          <Button onClick={onClose}>{cancel}</Button>
        </footer>
      </form>
    </dialog>
  )
}
