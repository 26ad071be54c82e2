/**
 * One record of RFC 4180. Lines end in LF, which every reader of that RFC's CRLF takes too. Values are written as they
 * are, a leading `=` included: this is data for programs, and what is exported must come back the same.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(field).join(',')}\n`
}

function field(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
