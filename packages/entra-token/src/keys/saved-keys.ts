import type { HttpsGet } from './https-get.js'

/** The documents of one successful load as they came, to be kept in a file or a store until the next start. All public. */
export interface SavedKeys {
  /** ISO 8601; the keys are believed for 24 h from then. */
  readonly savedAt: string
  /** Address → text. */
  readonly documents: Readonly<Record<string, string>>
}

/** Remembers what one load fetches. */
export function recordDocuments(get: HttpsGet): { get: HttpsGet; documents: Record<string, string> } {
  const documents: Record<string, string> = {}
  const recording: HttpsGet = async (url, signal) => {
    const bytes = await get(url, signal)
    documents[url.href] = Buffer.from(bytes).toString('utf8')
    return bytes
  }
  return { get: recording, documents }
}

/** Answers from saved documents as the network would. Rejects for an address that was not saved. */
export function replayDocuments({ documents }: SavedKeys): HttpsGet {
  return async (url) => {
    const text = Object.hasOwn(documents, url.href) ? documents[url.href] : undefined
    if (typeof text !== 'string') throw new Error(`The saved keys have no document ${url.href}.`)
    return Buffer.from(text)
  }
}
