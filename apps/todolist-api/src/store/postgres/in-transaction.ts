import type { ClientBase } from 'pg'

/** Runs the work between BEGIN and COMMIT; takes everything back when it fails and rejects with its error. */
export async function inTransaction<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    // On a broken connection this fails as well, and the first error is the one that tells why.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
