import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.js'

interface ButtonProps {
  readonly children: ReactNode
  readonly onClick?: () => void
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly icon?: IconName
  readonly disabled?: boolean
  readonly submit?: boolean
}

export function Button({ children, onClick, kind = 'plain', icon, disabled = false, submit = false }: ButtonProps) {
  return (
    <button type={submit ? 'submit' : 'button'} className={`button ${kind}`} disabled={disabled} onClick={onClick}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly onClick: () => void
  /** Whether what it opens is open. */
  readonly expanded?: boolean
}

/** A button that shows an icon alone; `label` is what it is called. */
export function IconButton({ icon, label, onClick, expanded }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      aria-expanded={expanded}
      title={label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

/** The row of commands above what they act on. */
export function Commands({ children }: { readonly children: ReactNode }) {
  return <div className="commands">{children}</div>
}
