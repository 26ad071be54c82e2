/**
 * Text that came from outside, made fit for a line of ours: one line without control characters. Hiding secrets and
 * then cutting what is too long is the reporter's part, in this order: half a secret would not be recognized.
 */
export function plain(text: string): string {
  return (
    text
      // Cc and Cf: line breaks, terminal escapes, and characters that reverse or hide what is shown.
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(/ {2,}/g, ' ')
      .trim()
  )
}

export type JsonObject = Readonly<Record<string, unknown>>

/** The JSON value, or undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member as one plain line, or undefined when it is absent, empty or not a string. */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' && value.trim() !== '' ? plain(value) : undefined
}
