import type { Database } from './database.js'

const capacity = 10_000

/**
 * `look`, asked once for each key until something is written to the directory: issuing a token reads a lot and writes nothing.
 * What it answers is shared between callers, so nobody may change it.
 */
export function remember<T>(db: Database, look: (key: string) => T): (key: string) => T {
  let known = new Map<string, T>()
  let generation = db.generation()
  return (key) => {
    if (generation !== db.generation() || known.size >= capacity) {
      known = new Map()
      generation = db.generation()
    }
    const answer = known.get(key)
    if (answer !== undefined) return answer
    const found = look(key)
    // Not what is missing: whoever asks for made-up names shall not push out what is there.
    if (found !== undefined) known.set(key, found)
    return found
  }
}
