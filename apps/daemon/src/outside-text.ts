const longest = 300

/**
 * Text that came from outside, made fit for a line of ours: one line, no control characters, at most 300 characters.
 * Does not hide secrets: the reporter does that for everything it writes.
 */
export function plain(text: string): string {
  const oneLine = text
    // Cc and Cf: line breaks, terminal escapes, and characters that reverse or hide what is shown.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return oneLine.length > longest ? `${oneLine.slice(0, longest - 1)}…` : oneLine
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
