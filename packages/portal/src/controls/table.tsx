import { type ReactNode, useLayoutEffect, useRef } from 'react'

export interface Column<T> {
  readonly title: string
  readonly show: (row: T) => ReactNode
  /** It holds commands and needs no heading to be seen. */
  readonly quiet?: boolean
}

interface TableProps<T> {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly idOf: (row: T) => string
}

/** What does not fit beside each other stands below each other, so that nothing is out of sight; what is too wide even so scrolls. */
export function Table<T>({ caption, columns, rows, idOf }: TableProps<T>) {
  const section = useRef<HTMLElement>(null)
  // After each rendering: what the rows hold decides how wide they have to be.
  useLayoutEffect(() => fit(section.current))
  useLayoutEffect(() => {
    const again = () => fit(section.current)
    window.addEventListener('resize', again)
    return () => window.removeEventListener('resize', again)
  }, [])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable (axe: scrollable-region-focusable).
    <section ref={section} className="table" aria-label={caption} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ title, quiet = false }) => (
              <th key={title} scope="col">
                {quiet ? <span className="unseen">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={idOf(row)}>
              {columns.map(({ title, show, quiet = false }) => (
                <td key={title} className={quiet ? 'quiet' : undefined} data-title={quiet ? undefined : title}>
                  {show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Only the browser knows how wide a table has to be: it is laid out as one first, and nobody sees that. */
function fit(section: HTMLElement | null): void {
  if (section === null) return
  section.classList.remove('stacked')
  section.classList.toggle('stacked', section.scrollWidth > section.clientWidth)
}
