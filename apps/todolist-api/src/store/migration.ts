import { createHash } from 'node:crypto'

/** One step of a schema. Forward only: a released one is never edited, a mistake is repaired by the next number. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/** What a database remembers of a step that it went through. */
export interface AppliedMigration {
  readonly number: number
  readonly checksum: string
}

/** Changes with any character of the migration except its white space. */
export function checksum(migration: Migration): string {
  const text = `${migration.number} ${migration.name} ${migration.sql.replaceAll(/\s+/g, ' ').trim()}`
  return createHash('sha256').update(text).digest('hex')
}

/** The steps that are still to do. Throws HistoryRefused when the history is not a beginning of ours. */
export function missingSteps(steps: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  for (const record of applied) {
    const step = steps.find((candidate) => candidate.number === record.number)
    if (step === undefined) {
      throw new HistoryRefused(
        `its schema has version ${record.number}, this program knows ${steps.length}: use the newer program, or restore a backup`,
      )
    }
    if (checksum(step) !== record.checksum) {
      throw new HistoryRefused(
        `its migration ${record.number} is not the one of this program: use the program that made it, or restore a backup`,
      )
    }
  }
  const done = new Set(applied.map(({ number }) => number))
  return steps.filter(({ number }) => !done.has(number))
}

/** The message says why and what to do, and is said of the database. */
export class HistoryRefused extends Error {}
