/**
 * The bytes of a base64url text in its one canonical spelling (RFC 4648 §3.5, RFC 7515 §2): no padding, no other alphabet,
 * no white space, no stray bits after the last byte. Null for any other text: two spellings of one token must not both pass.
 */
export function readBase64url(text: string): Buffer | null {
  return alphabet.test(text) && endsOnByte(text) ? Buffer.from(text, 'base64url') : null
}

/** Whether the text stands for whole bytes and sets no bit beyond them. Does not look at the alphabet. */
export function endsOnByte(text: string): boolean {
  const spare = spareBits[text.length % 4]
  if (spare === undefined) return false
  return spare === 0 || values.indexOf(text.charAt(text.length - 1)) % 2 ** spare === 0
}

const alphabet = /^[\w-]*$/
const values = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** By what the length leaves over: bits of the last character that belong to no byte. One left over is no length at all. */
const spareBits = [0, undefined, 4, 2]
