import { useCallback, useEffect, useRef, useState } from 'react'

/** Something that is fetched: `value` stays while it is fetched anew, `error` is of the last time. */
export interface Loaded<T> {
  readonly value: T | undefined
  readonly error: unknown
  reload(): Promise<void>
}

/** Fetches when the page comes, when `key` changes, and at every reload(). What arrives too late is thrown away. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value: T | undefined; error: unknown }>()
  const latest = useRef({ key, load, turn: 0 })
  latest.current.key = key
  latest.current.load = load
  const reload = useCallback(async () => {
    const { current } = latest
    current.turn += 1
    const turn = current.turn
    const asked = current.key
    try {
      const value = await current.load()
      if (turn === current.turn) setState({ key: asked, value, error: undefined })
    } catch (error) {
      if (turn !== current.turn) return
      setState((before) => ({ key: asked, value: before?.key === asked ? before.value : undefined, error }))
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when to fetch anew.
  useEffect(() => void reload(), [reload, key])
  const fits = state?.key === key
  return { value: fits ? state.value : undefined, error: fits ? state.error : undefined, reload }
}
