import type { Answer, Call } from './call.js'

/** The answer to a page of another origin that asks beforehand (Fetch standard, CORS preflight); undefined for any other call. */
export function preflightAnswer({ method, headers }: Call): Answer | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined) return undefined
  const asked = headers['access-control-request-headers'] ?? ''
  const allowed = /^[\w\-, ]{1,1000}$/.test(asked) ? { 'access-control-allow-headers': asked } : {}
  const methods = { 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-max-age': '86400' }
  return { status: 204, headers: { ...anyOrigin, ...methods, ...allowed } }
}

/** Lets pages of any origin read the answer. Nothing that it holds depends on a cookie. */
export function readableByPages<T extends object>(call: Call, answer: T | Answer): T | Answer {
  if (call.headers.origin === undefined || !('status' in answer)) return answer
  return { ...answer, headers: { ...answer.headers, ...anyOrigin } }
}

const anyOrigin = { 'access-control-allow-origin': '*' }
