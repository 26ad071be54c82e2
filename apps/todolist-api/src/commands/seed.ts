import { createReadStream } from 'node:fs'

import { longestSeed, readSeedSet, SeedRefused } from '../seeding/seed-set.js'
import { openStore, requireDatabase } from './database.js'
import type { Surroundings } from './surroundings.js'

/**
 * Adds a named set of to-dos once in the life of a database. Standard output gets one line of JSON:
 * `{ "name", "applied", "count" }`. The whole input is read and checked before the database is touched.
 */
export async function seed(set: string, file: string | undefined, surroundings: Surroundings): Promise<void> {
  const { environment, stdin, stdout, stderr } = surroundings
  const database = requireDatabase(environment)
  const todos = readSeedSet(await readAllBytes(file === undefined ? stdin : createReadStream(file)))
  const { store } = await openStore(database, surroundings)
  try {
    const { applied, count } = await store.seed(set, todos)
    stdout.write(`${JSON.stringify({ name: set, applied, count })}\n`)
    const did = applied ? `added the set ${set}, ${count} to-dos` : `the set ${set} was added before: no changes`
    stderr.write(`todolist-api: ${did}\n`)
  } finally {
    await store.close()
  }
}

async function readAllBytes(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > longestSeed) throw new SeedRefused(`the set is larger than ${longestSeed} bytes: split it`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
