/** A text as an OData key in a URL path: quotes doubled (OData 4.01 URL conventions, section 4.3.1), then percent-encoded. */
export function keyLiteral(text: string): string {
  return `'${encodeURIComponent(text.replaceAll("'", "''"))}'`
}
