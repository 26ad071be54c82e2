import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react'

const base = '/portal'
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

/** Where in the portal we are: the segments behind `/portal`. */
export function usePlace(): readonly string[] {
  const path = useSyncExternalStore(subscribe, () => location.pathname)
  return path.slice(base.length).split('/').filter(Boolean).map(decodeURIComponent)
}

/** Goes to a place in the portal, such as `/users`. */
export function go(path: string): void {
  history.pushState(null, '', `${base}${path}`)
  for (const listener of listeners) listener()
  window.scrollTo(0, 0)
}

interface LinkProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  /** It leads to where we are. */
  readonly current?: boolean
}

/** A link within the portal; with a key held down or another button the browser does as it always does. */
export function Link({ to, children, className, current = false }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(to)
  }
  return (
    <a href={`${base}${to}`} className={className} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  )
}
