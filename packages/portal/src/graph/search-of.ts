const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What to add to a query for applications or service principals that are found by this text; nothing for no text. */
export function searchOf(text: string): string {
  if (text === '') return ''
  if (guid.test(text)) return `&$filter=${encodeURIComponent(`appId eq '${text}'`)}`
  // In OData a quote within quotes is doubled.
  return `&$filter=${encodeURIComponent(`startswith(displayName,'${text.replaceAll("'", "''")}')`)}`
}
