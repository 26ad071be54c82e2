import type { Session } from './session.js'

/** What one name after `--op` does. `perform` returns the JSON value that the command prints on stdout. */
export interface Operation {
  summary: string
  perform(session: Session): Promise<unknown>
}

/** The names after `--op`. An operation loads its code when it runs, so that `--help` stays fast. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  [
    'getToDos',
    {
      summary: 'print all to-dos as a JSON array of { id, owner, description }',
      perform: async (session) => (await import('./api/get-to-dos.js')).getToDos(session),
    },
  ],
])
