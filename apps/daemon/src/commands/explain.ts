import { Failure } from '../failure.js'
import { plain } from '../outside-text.js'
import { hints } from '../token/aadsts.js'
import { wrongArgument } from './arguments.js'
import type { Call, Result } from './command.js'

export async function explain({ positionals }: Call): Promise<Result> {
  const written = positionals[0] ?? ''
  const digits = /^(?:AADSTS)?(\d{4,9})$/i.exec(written.trim())?.[1]
  if (digits === undefined)
    throw wrongArgument(`"${plain(written)}" is not an AADSTS code`, 'for instance explain AADSTS7000215')
  const hint = hints[Number(digits)]
  if (hint) return { value: { code: `AADSTS${digits}`, meaning: hint.why, next: hint.next } }
  throw new Failure('notFound', {
    what: `AADSTS${digits} is not explained here`,
    why: 'only the codes a daemon meets are',
    next: 'learn.microsoft.com/entra/identity-platform/reference-error-codes has the others',
  })
}
