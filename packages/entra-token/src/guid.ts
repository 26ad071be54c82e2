/** Whether the value is a GUID as Entra writes it: lower case, with hyphens, without braces. */
export function isGuid(value: unknown): value is string {
  if (typeof value !== 'string' || value.length !== 36) return false
  // A regular expression that is met a few times per request costs twice as much.
  let hyphens = 0
  for (let at = 0; at < 36; at++) {
    const code = value.charCodeAt(at)
    if (isHexDigit(code)) continue
    if (code !== 0x2d /* - */ || (at !== 8 && at !== 13 && at !== 18 && at !== 23)) return false
    hyphens++
  }
  return hyphens === 4
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 /* 0 */ && code <= 0x39) /* 9 */ || (code >= 0x61 /* a */ && code <= 0x66) /* f */
}
