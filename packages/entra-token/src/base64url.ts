/**
 * The bytes of a base64url text in its one canonical spelling (RFC 4648 §3.5, RFC 7515 §2): no padding, no other alphabet,
 * no white space, no stray bits after the last byte. Null for any other text: two spellings of one token must not both pass.
 */
export function readBase64url(text: string): Buffer | null {
  const spare = spareBits[text.length % 4]
  if (spare === undefined || !alphabet.test(text)) return null
  if (spare > 0 && values.indexOf(text.charAt(text.length - 1)) % 2 ** spare !== 0) return null
  return Buffer.from(text, 'base64url')
}

const alphabet = /^[\w-]*$/
const values = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** By what the length leaves over: bits of the last character that belong to no byte. One left over is no length at all. */
const spareBits = [0, undefined, 4, 2]
