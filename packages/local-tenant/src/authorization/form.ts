import { refusal } from '../errors/aadsts.js'
import { BodyError, type Call } from '../listener/call.js'

const bodyLimit = 65_536

/** The parameters of a posted form, each of them once (RFC 6749 §3.2). Throws EntraError. */
export async function readForm(call: Call): Promise<URLSearchParams> {
  if (call.method !== 'POST') throw refusal('wrongVerb', { accepted: 'POST', received: call.method })
  let text: string
  try {
    text = await call.readBody(bodyLimit)
  } catch (error) {
    const tooLarge = error instanceof BodyError && error.reason === 'too_large'
    throw refusal('malformedRequest', {}, tooLarge ? { status: 413 } : {})
  }
  // Any other content type reads as a form without parameters, so the first one is what is missing.
  const type = call.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const form = new URLSearchParams(type === 'application/x-www-form-urlencoded' ? text : '')
  // RFC 6749 §3.2: parameters must not be included more than once.
  if (new Set(form.keys()).size !== form.size) throw refusal('malformedRequest', {})
  return form
}

export function required(form: URLSearchParams, parameter: string): string {
  const value = nonEmpty(form.get(parameter))
  if (value === undefined) throw refusal('missingParameter', { parameter })
  return value
}

export function nonEmpty(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value
}
