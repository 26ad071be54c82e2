import { Buffer } from 'node:buffer' // the global one is looked up at each use

/**
 * The bytes of a base64url text in its one canonical spelling (RFC 4648 §3.5, RFC 7515 §2): no padding, no other alphabet,
 * no white space, no stray bits after the last byte. Null for any other text: two spellings of one token must not both pass.
 */
export function readBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === bytesIn(text) && !hasForeignCharacter(text) && endsOnByte(text) ? bytes : null
}

// Node reads over what belongs to no base64 alphabet and then finds fewer bytes than bytesIn the text; what it takes for a character
// of this one although it is none, is found here. Both together cost a third of a regular expression.
export function hasForeignCharacter(text: string): boolean {
  return text.includes('+') || text.includes('/') || Buffer.byteLength(text) !== text.length
}

/** How many whole bytes a text of this length stands for. */
export function bytesIn({ length }: string): number {
  return Math.floor((length * 3) / 4)
}

/** Whether the text stands for whole bytes and sets no bit beyond them. Does not look at the alphabet. */
export function endsOnByte(text: string): boolean {
  const spare = spareBits[text.length % 4]
  if (spare === undefined) return false
  return spare === 0 || (values.indexOf(text.charAt(text.length - 1)) & spare) === 0
}

const values = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** By what the length leaves over: those bits of the last character that belong to no byte. One left over is no length at all. */
const spareBits = [0, undefined, 0b1111, 0b11]
