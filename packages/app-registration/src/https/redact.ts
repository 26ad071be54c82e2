const LONGEST_TEXT = 1000

/** Text of a server made safe to show: without the given secrets, anything shaped like a JWT and control characters; at most 1000 characters. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text
  for (const secret of secrets) if (secret !== '') safe = safe.replaceAll(secret, '[secret]')
  safe = safe.replaceAll(/eyJ[\w-]+(\.[\w-]*)*/g, '[token]').replaceAll(/\p{Cc}+/gu, ' ')
  return safe.length > LONGEST_TEXT ? `${safe.slice(0, LONGEST_TEXT)}…` : safe
}
