/** What can stand in the way of a change to the directory. Its wire form is Graph's business (graph/errors.ts). */
export type RefusalReason =
  | { kind: 'missing'; object: string }
  | { kind: 'invalid'; message: string }
  | { kind: 'taken'; property: string }
  | { kind: 'unverified_domain'; uri: string }
  | { kind: 'entitlement_enabled' }
  | { kind: 'unknown_app_id'; appId: string }
  | { kind: 'assignment_exists' }
  | { kind: 'role_not_found' }
  | { kind: 'reference_not_found' }
  | { kind: 'invalid_key_value'; expected: string }
  | { kind: 'invalid_key_date'; date: 'start' | 'end' }
  | { kind: 'invalid_federation'; message: string }
  | { kind: 'federation_taken'; issuer: string; subject: string }
  | { kind: 'name_taken'; name: string }
  | { kind: 'reference_exists'; property: string }
  | { kind: 'reference_missing'; property: string }
  | { kind: 'grant_exists' }
  | { kind: 'weak_password' }
  | { kind: 'too_many'; property: string; most: number }

/** A rule of the directory refuses a change; nothing was changed. */
export class DirectoryRefusal extends Error {
  override readonly name = 'DirectoryRefusal'
  readonly reason: RefusalReason
  constructor(reason: RefusalReason) {
    super(reason.kind)
    this.reason = reason
  }
}

export function refuse(reason: RefusalReason): DirectoryRefusal {
  return new DirectoryRefusal(reason)
}
