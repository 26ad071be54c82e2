import { type FormEvent, type KeyboardEvent, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Problem } from '../frame/problem.js'
import { claimsOf } from '../session/session.js'
import { longestDescription, type Versioned } from './to-do.js'
import type { TodoApi } from './todo-api.js'
import { describe, type Outcome, remove } from './todo-list.js'

interface TodoRowProps {
  readonly item: Versioned
  readonly api: TodoApi
  onChanged(item: Versioned, sentence: string): void
  onDropped(item: Versioned, how: 'deleted' | 'gone'): void
  onSignIn(claims?: string): void
}

/** A change that was not made, because somebody else was quicker. */
type Conflict =
  | { readonly wanted: 'describe'; readonly mine: string; readonly there: Versioned | null }
  | { readonly wanted: 'delete'; readonly there: Versioned }

export function TodoRow({ item, api, onChanged, onDropped, onSignIn }: TodoRowProps) {
  const { description } = item.todo
  const [draft, setDraft] = useState<string | null>(null)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [again, setAgain] = useState<() => Promise<void>>(() => async () => {})
  const editButton = useRef<HTMLButtonElement>(null)

  /** Tries, keeps what goes wrong, and remembers how to try again. */
  const attempt = async (work: () => Promise<void>) => {
    setAgain(() => work)
    setBusy(true)
    setError(null)
    try {
      await work()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  const stopEditing = () => {
    flushSync(() => {
      setDraft(null)
      setConflict(null)
      setError(null)
    })
    editButton.current?.focus()
  }
  const save = (text: string, shown: Versioned) =>
    attempt(async () => {
      const outcome: Outcome = await describe(api, shown, text)
      if ('there' in outcome) return setConflict({ wanted: 'describe', mine: text, there: outcome.there })
      onChanged(outcome.made, `Saved: ${text}`)
      stopEditing()
    })
  const discard = (shown: Versioned) =>
    attempt(async () => {
      const outcome = await remove(api, shown)
      if ('made' in outcome) return onDropped(shown, 'deleted')
      if (outcome.there === null) return onDropped(shown, 'gone')
      setConflict({ wanted: 'delete', there: outcome.there })
    })
  const takeTheirs = (there: Versioned | null) => {
    if (there === null) return onDropped(item, 'gone')
    onChanged(there, `Now: ${there.todo.description}`)
    stopEditing()
  }
  const addAnew = (text: string) =>
    attempt(async () => {
      const made = await api.add(text, crypto.randomUUID())
      onDropped(item, 'gone')
      onChanged(made, `Added: ${text}`)
    })

  return (
    <li className={busy ? 'row busy' : 'row'}>
      {draft === null ? (
        <div className="row-line">
          <span className="dot" aria-hidden="true" />
          <span className="text">{description}</span>
          <button
            type="button"
            ref={editButton}
            className="button quiet"
            aria-label={`Edit: ${description}`}
            onClick={() => setDraft(description)}
          >
            Edit
          </button>
          <button
            type="button"
            className="button quiet"
            aria-label={`Delete: ${description}`}
            disabled={busy}
            onClick={() => void discard(item)}
          >
            Delete
          </button>
        </div>
      ) : (
        <EditForm
          text={draft}
          busy={busy}
          onText={setDraft}
          onSave={() => {
            const text = draft.trim()
            if (text === description) stopEditing()
            else if (text !== '') void save(text, item)
          }}
          onCancel={stopEditing}
        />
      )}
      {conflict !== null && (
        <ConflictPanel
          conflict={conflict}
          onMine={() => {
            setConflict(null)
            if (conflict.wanted === 'delete') void discard(conflict.there)
            else if (conflict.there === null) void addAnew(conflict.mine)
            else void save(conflict.mine, conflict.there)
          }}
          onTheirs={() => takeTheirs(conflict.there)}
        />
      )}
      <Problem error={error} onTryAgain={() => void attempt(again)} onSignIn={() => onSignIn(claimsOf(error))} />
    </li>
  )
}

interface EditFormProps {
  readonly text: string
  readonly busy: boolean
  onText(text: string): void
  onSave(): void
  onCancel(): void
}

function EditForm({ text, busy, onText, onSave, onCancel }: EditFormProps) {
  const id = useId()
  return (
    <form
      className="row-line"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        if (!busy) onSave()
      }}
      onKeyDown={({ key }: KeyboardEvent) => key === 'Escape' && onCancel()}
    >
      <label className="unseen" htmlFor={id}>
        What is to be done?
      </label>
      <input
        id={id}
        value={text}
        maxLength={longestDescription}
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
        autoFocus
        onChange={({ target }) => onText(target.value)}
      />
      <button type="submit" className="button primary" disabled={text.trim() === ''}>
        Save
      </button>
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  )
}

interface ConflictPanelProps {
  readonly conflict: Conflict
  onMine(): void
  onTheirs(): void
}

function ConflictPanel({ conflict, onMine, onTheirs }: ConflictPanelProps) {
  const { there, wanted } = conflict
  const [mine, theirs] = wanted === 'delete' ? ['Delete it anyway', 'Keep it'] : ['Keep mine', 'Take theirs']
  return (
    <div role="alert" className="problem">
      <h2>{there === null ? 'It was deleted meanwhile' : 'It was changed meanwhile'}</h2>
      {there === null ? (
        <p>Nothing was saved: somebody, perhaps you in another window, has deleted this to-do.</p>
      ) : (
        <p>
          Nothing was {wanted === 'delete' ? 'deleted' : 'saved'}: somebody, perhaps you in another window, has changed
          it to “{there.todo.description}”.
        </p>
      )}
      <div className="actions">
        <button type="button" className="button" onClick={onMine}>
          {there === null ? 'Add mine anew' : mine}
        </button>
        <button type="button" className="button" onClick={onTheirs}>
          {there === null ? 'Leave it deleted' : theirs}
        </button>
      </div>
    </div>
  )
}
