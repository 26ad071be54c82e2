import type { Database } from './database.js'

const capacity = 10_000

/**
 * `look`, asked once for each key until something is written to the directory: issuing a token reads a lot and writes nothing.
 * What it answers is shared between callers, so nobody may change it; what it throws is not remembered. `rest` has to be what
 * does not change an answer.
 */
export function remember<T, Rest extends unknown[]>(
  db: Database,
  look: (key: string, ...rest: Rest) => T,
): (key: string, ...rest: Rest) => T {
  let known = new Map<string, T>()
  let generation = db.generation()
  return (key, ...rest) => {
    if (generation !== db.generation() || known.size >= capacity) {
      known = new Map()
      generation = db.generation()
    }
    const answer = known.get(key)
    if (answer !== undefined) return answer
    const found = look(key, ...rest)
    // Not what is missing: whoever asks for made-up names shall not push out what is there.
    if (found !== undefined) known.set(key, found)
    return found
  }
}
