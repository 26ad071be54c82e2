import { type FormEvent, type RefObject, useState } from 'react'
import { Problem } from '../frame/problem.js'
import { claimsOf } from '../session/session.js'
import { longestDescription } from './to-do.js'

interface AddFormProps {
  readonly field: RefObject<HTMLInputElement | null>
  /** Carried out once for each key. */
  add(description: string, key: string): Promise<void>
  onSignIn(claims?: string): void
}

export function AddForm({ field, add, onSignIn }: AddFormProps) {
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  // The same until it has worked: an answer that was lost on its way must not make two to-dos of one.
  const [key, setKey] = useState(() => crypto.randomUUID())
  const send = async () => {
    const description = text.trim()
    if (description === '' || busy) return
    setBusy(true)
    setError(null)
    try {
      await add(description, key)
      setText('')
      setKey(crypto.randomUUID())
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
      field.current?.focus()
    }
  }
  const change = (value: string) => {
    setText(value)
    setKey(crypto.randomUUID())
  }
  return (
    <>
      <form
        className="add"
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          void send()
        }}
      >
        <label className="unseen" htmlFor="new">
          What is to be done?
        </label>
        <input
          id="new"
          ref={field}
          value={text}
          maxLength={longestDescription}
          placeholder="What is to be done?"
          autoComplete="off"
          onChange={({ target }) => change(target.value)}
        />
        <button type="submit" className="button primary" disabled={text.trim() === ''} aria-disabled={busy}>
          Add
        </button>
      </form>
      <Problem error={error} onTryAgain={() => void send()} onSignIn={() => onSignIn(claimsOf(error))} />
    </>
  )
}
