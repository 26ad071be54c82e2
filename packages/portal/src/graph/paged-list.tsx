import { useEffect, useState } from 'react'
import { Button, Commands } from '../controls/button.js'
import { Nothing, Problem, Waiting } from '../controls/problem.js'
import { type Column, Table } from '../controls/table.js'
import { nextPath, type Page } from '../session/calls.js'
import { useLoaded } from '../session/loaded.js'
import { useHere } from '../session/session-context.js'

interface PagedListProps<T> {
  readonly caption: string
  /** The first page, as Graph is asked for it; another one starts the list anew. */
  readonly path: string
  readonly columns: readonly Column<T>[]
  readonly idOf: (row: T) => string
  /** What stands there when there is nothing. */
  readonly empty: { readonly title: string; readonly hint: string }
}

/** A list of Graph, page by page: a thousand rows cost what the first page costs until somebody asks for more. */
export function PagedList<T>({ caption, path, columns, idOf, empty }: PagedListProps<T>) {
  const { graph } = useHere()
  const first = useLoaded(path, () => graph<Page<T>>('GET', path))
  const [more, setMore] = useState<readonly Page<T>[]>([])
  const [error, setError] = useState<unknown>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first page makes those behind it void.
  useEffect(() => setMore([]), [first.value])
  if (first.value === undefined) return first.error === undefined ? <Waiting /> : <Problem error={first.error} />

  const pages = [first.value, ...more]
  const rows = pages.flatMap(({ value }) => value)
  const next = nextPath(pages.at(-1) ?? first.value)
  const total = first.value['@odata.count']
  const load = async (from: string) => {
    try {
      const page = await graph<Page<T>>('GET', from)
      setMore((before) => [...before, page])
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <>
      <Problem error={first.error ?? error} />
      {rows.length === 0 ? (
        <Nothing title={empty.title}>{empty.hint}</Nothing>
      ) : (
        <Table caption={caption} columns={columns} rows={rows} idOf={idOf} />
      )}
      <Commands>
        {next !== undefined && <Button onClick={() => void load(next)}>Load more</Button>}
        <Button kind="quiet" icon="refresh" onClick={() => void first.reload()}>
          Refresh
        </Button>
        <span className="faint">{total === undefined ? `${rows.length} shown` : `${rows.length} of ${total}`}</span>
      </Commands>
    </>
  )
}
