import { refusal } from '../errors/aadsts.js'
import { type Jws, readJws } from '../signing/jws.js'

/** A JWT that a client presents as its credential, with the claims that decide about it. Nothing of it is proved. */
export interface Assertion {
  readonly jws: Jws
  readonly algorithm: string
  readonly issuer: string
  /** Empty when the claim is missing. */
  readonly subject: string
  readonly audiences: readonly string[]
  /** Seconds since 1970; 0 when the claim is missing. */
  readonly notBefore: number
  readonly expires: number
}

/** Five minutes either way, for clocks that differ. */
const skew = 300
const maxAudiences = 16
/** The end of the year 9999, the last that a timestamp of four digits can show. */
const lastSecond = 253_402_300_799

/** Reads an assertion. Throws EntraError for what is no JWT, or one whose claims have the wrong types. */
export function readAssertion(text: string): Assertion {
  const jws = readJws(text)
  if (jws === undefined) throw malformed()
  const { iss, sub = '', aud, nbf = 0, exp } = jws.claims
  const { alg } = jws.header
  if (typeof alg !== 'string' || typeof iss !== 'string' || typeof sub !== 'string') throw malformed()
  return {
    jws,
    algorithm: alg,
    issuer: iss,
    subject: sub,
    audiences: readAudiences(aud),
    notBefore: readTime(nbf),
    expires: readTime(exp),
  }
}

/** Throws EntraError when the assertion has ended or not begun. */
export function checkTime({ notBefore, expires }: Assertion, now: Date): void {
  const seconds = now.getTime() / 1000
  // exp names the first second in which the assertion is dead (RFC 7519 §4.1.4).
  if (notBefore <= seconds + skew && expires > seconds - skew) return
  throw refusal('assertionTime', { now: show(seconds), from: show(notBefore), until: show(expires) })
}

/** RFC 7519 §4.1.3: one audience, or a list. */
function readAudiences(aud: unknown): string[] {
  const all: unknown[] = Array.isArray(aud) ? aud : [aud]
  const texts = all.filter((audience) => typeof audience === 'string')
  if (texts.length === 0 || texts.length !== all.length || texts.length > maxAudiences) throw malformed()
  return texts
}

/** RFC 7519 §2 wants a number; MSAL.NET writes its digits as a string. */
function readTime(value: unknown): number {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= lastSecond) return seconds
  throw malformed()
}

const malformed = () => refusal('malformedJwt', {})

/** With the seven fractional digits of the recorded messages. */
function show(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('Z', '0000Z')
}
