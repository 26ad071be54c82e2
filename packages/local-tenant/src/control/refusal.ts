/** Why the control of a tenant refuses a wish. */
export type RefusalCode =
  | 'invalid_request'
  | 'invalid_fault'
  | 'invalid_export'
  | 'invalid_replication'
  | 'invalid_snapshot'
  | 'unknown_client'
  | 'unknown_resource'
  | 'unknown_role'
  | 'unknown_scope'
  | 'unknown_user'
  | 'unknown_code'
  | 'not_empty'
  | 'not_found'
  | 'method_not_allowed'
  | 'unauthorized'
  | 'forbidden'
  | 'too_large'

/** Nothing was changed. `message` says what was wrong and where, and never holds a secret. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}
