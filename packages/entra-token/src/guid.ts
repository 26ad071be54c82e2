const lowerCaseGuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the value is a GUID as Entra writes it: lower case, with hyphens, without braces. */
export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && lowerCaseGuid.test(value)
}
