import { runInNewContext } from 'node:vm'

/** In milliseconds. A pattern of the documentation needs a thousandth of one for the longest answer that an attribute takes. */
const longest = 250

/** Without the flag that is strict about escapes: the documentation's own patterns are not. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

/**
 * Whether a text matches an administrator's own pattern. Some patterns take for ever for some texts, and nothing else is done
 * meanwhile: a search that took too long is ended, and has found nothing. Nor does anything match a pattern that is none.
 */
export function matches(pattern: string, text: string): boolean {
  try {
    // A script can be ended while it searches, a function cannot.
    return runInNewContext('new RegExp(pattern).test(text)', { pattern, text }, { timeout: longest }) === true
  } catch {
    return false
  }
}
