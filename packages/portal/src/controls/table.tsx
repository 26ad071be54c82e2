import type { ReactNode } from 'react'

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

export function Table<T>({ caption, columns, rows, idOf }: TableProps<T>) {
  return (
    // A wide table scrolls by itself, with the keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable (axe: scrollable-region-focusable).
    <section className="table" aria-label={caption} tabIndex={0}>
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
              {columns.map(({ title, show }) => (
                <td key={title}>{show(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
