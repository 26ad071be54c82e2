import { type ReactNode, useEffect } from 'react'

interface PageProps {
  readonly title: string
  readonly lead?: ReactNode
  readonly children: ReactNode
}

/** A page: its heading, which the window is called by too, what it is for, and the rest. */
export function Page({ title, lead, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tenantry admin center`
  }, [title])
  return (
    <div className="page">
      <h1>{title}</h1>
      {lead !== undefined && <p className="lead">{lead}</p>}
      {children}
    </div>
  )
}

interface TabsProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly tabs: Readonly<Record<string, string>>
}

/** Views of one thing, of which one is seen. */
export function Tabs({ label, value, onChange, tabs }: TabsProps) {
  const names = Object.keys(tabs)
  const step = (key: string) => (key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0)
  return (
    <div className="tabs" role="tablist" aria-label={label}>
      {Object.entries(tabs).map(([name, words]) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === value}
          tabIndex={name === value ? 0 : -1}
          onClick={() => onChange(name)}
          onKeyDown={({ key, currentTarget }) => {
            const to = names[names.indexOf(name) + step(key)]
            if (to === undefined || step(key) === 0) return
            onChange(to)
            const sibling = step(key) > 0 ? currentTarget.nextElementSibling : currentTarget.previousElementSibling
            if (sibling instanceof HTMLElement) sibling.focus()
          }}
        >
          {words}
        </button>
      ))}
    </div>
  )
}
