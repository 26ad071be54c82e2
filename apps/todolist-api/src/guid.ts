/** A GUID in its one canonical spelling: lower case, hyphens, no braces. */
export type Guid = string & { readonly guid: unique symbol }

/** Any case, hyphens required; the letters are made lower case by `readGuid`. */
export const guidPattern = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

/** The canonical spelling, or undefined when the text is not a GUID. */
export function readGuid(text: string): Guid | undefined {
  const lower = text.toLowerCase()
  return isGuid(lower) ? lower : undefined
}

function isGuid(lower: string): lower is Guid {
  return guidPattern.test(lower)
}
