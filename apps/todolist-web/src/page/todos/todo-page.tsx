import { useEffect, useMemo, useRef, useState } from 'react'
import { Logo } from '../frame/logo.js'
import { Problem, useOnline } from '../frame/problem.js'
import { claimsOf, type Session, type SignedInUser } from '../session/session.js'
import { AddForm } from './add-form.js'
import type { Versioned } from './to-do.js'
import { createTodoApi } from './todo-api.js'
import { extended, firstPage, type Known, merged, without } from './todo-list.js'
import { TodoRow } from './todo-row.js'

interface TodoPageProps {
  readonly session: Session
  readonly user: SignedInUser
}

/** The to-dos of the user who is signed in. */
export default function TodoPage({ session, user }: TodoPageProps) {
  const api = useMemo(() => createTodoApi(session), [session])
  const [known, setKnown] = useState<Known | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [fetching, setFetching] = useState(true)
  const [deleted, setDeleted] = useState<Versioned | null>(null)
  const [said, setSaid] = useState('')
  const top = useRef<HTMLInputElement>(null)
  const online = useOnline()

  const fetchMore = async (work: () => Promise<Known>) => {
    setFetching(true)
    setError(null)
    try {
      setKnown(await work())
    } catch (failure) {
      setError(failure)
    } finally {
      setFetching(false)
    }
  }
  const begin = () => void fetchMore(() => firstPage(api))
  const more = () => {
    if (known !== null) void fetchMore(() => extended(known, api))
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each API, not for each rendering.
  useEffect(begin, [api])

  const put = (item: Versioned, sentence: string) => {
    setKnown((now) => now && { ...now, items: merged(now.items, [item]) })
    setSaid(sentence)
  }
  const drop = (item: Versioned, how: 'deleted' | 'gone') => {
    setKnown((now) => now && { ...now, items: without(now.items, item.todo.id) })
    setDeleted(how === 'deleted' ? item : null)
    setSaid(how === 'deleted' ? `Deleted: ${item.todo.description}` : `Gone: ${item.todo.description}`)
    top.current?.focus()
  }
  const add = async (description: string, key: string) => {
    put(await api.add(description, key), `Added: ${description}`)
    setDeleted(null)
  }
  const signIn = (claims?: string) => void session.signIn({ claims }).catch(setError)
  const row = { api, onChanged: put, onDropped: drop, onSignIn: signIn }

  return (
    <div className="todos">
      <header className="head">
        <span className="brand">
          <Logo /> To-dos
        </span>
        <span className="who">
          <span className="name" title={user.signInName}>
            {user.name}
          </span>
          <button type="button" className="button" onClick={() => void session.signOut().catch(setError)}>
            Sign out
          </button>
        </span>
      </header>
      <main>
        <h1>Your to-dos</h1>
        {!online && <p className="notice">You are offline: what you see may be old, and changes have to wait.</p>}
        <AddForm field={top} add={add} onSignIn={signIn} />
        <Problem error={error} onTryAgain={known === null ? begin : more} onSignIn={() => signIn(claimsOf(error))} />
        {known === null && fetching && <Waiting />}
        {known?.items.length === 0 && <Nothing />}
        {known !== null && known.items.length > 0 && (
          <ul className="list">
            {known.items.map((item) => (
              <TodoRow key={item.todo.id} item={item} {...row} />
            ))}
          </ul>
        )}
        {known?.next !== undefined && (
          <button type="button" className="button more" disabled={fetching} onClick={more}>
            {fetching ? 'Fetching…' : 'Show more'}
          </button>
        )}
        {deleted !== null && <Undo item={deleted} add={add} onFailed={setError} />}
      </main>
      <p className="unseen" role="status">
        {said}
      </p>
    </div>
  )
}

/** The API gives a to-do that comes back another number. */
function Undo({ item, add, onFailed }: UndoProps) {
  const [key] = useState(() => crypto.randomUUID())
  const { description } = item.todo
  return (
    <div className="undo">
      <span>Deleted “{description}”.</span>
      <button type="button" className="button" onClick={() => void add(description, key).catch(onFailed)}>
        Undo
      </button>
    </div>
  )
}

interface UndoProps {
  readonly item: Versioned
  add(description: string, key: string): Promise<void>
  onFailed(error: unknown): void
}

function Waiting() {
  return (
    <div className="waiting">
      <span className="unseen">Fetching your to-dos…</span>
      <span />
      <span />
      <span />
    </div>
  )
}

function Nothing() {
  return (
    <div className="nothing">
      <p className="nothing-title">Nothing to do</p>
      <p>Write down above what comes to your mind.</p>
    </div>
  )
}
