/** In bytes. */
export const longestBody = 64 * 1024

/** In milliseconds: how long a client may take to send one request, header and body. */
export const slowestRequest = 30_000
