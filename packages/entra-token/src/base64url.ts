/**
 * The bytes of a base64url text in its one canonical spelling (RFC 4648 §3.5, RFC 7515 §2): no padding, no other alphabet,
 * no white space, no stray bits after the last byte. Null for any other text: two spellings of one token must not both pass.
 */
export function readBase64url(text: string): Buffer | null {
  // Node's decoder accepts all of the above; writing the bytes again tells.
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
