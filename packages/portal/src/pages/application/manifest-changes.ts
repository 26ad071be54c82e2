import { Failure } from '../../session/failure.js'

/** What a PATCH has to say so that the application becomes the edited one: each member that is not what it was. Throws Failure. */
export function changesIn(application: object, edited: unknown): object {
  if (typeof edited !== 'object' || edited === null || Array.isArray(edited)) {
    throw new Failure('not_an_object', 'The manifest has to be one JSON object.')
  }
  const before: Readonly<Record<string, unknown>> = { ...application }
  const after: Readonly<Record<string, unknown>> = { ...edited }
  const missing = Object.keys(before).find((name) => !name.startsWith('@') && !(name in after))
  if (missing !== undefined) {
    throw new Failure('missing_member', `'${missing}' was taken out. To empty it, write null or [].`)
  }
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  )
}
