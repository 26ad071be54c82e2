const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text is a GUID in the form that Entra and Graph write: five groups with hyphens, in either letter case. */
export function isGuid(text: unknown): text is string {
  return typeof text === 'string' && pattern.test(text)
}
