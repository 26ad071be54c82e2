import type { KeyRing } from '../signing/key-ring.js'

/** The v2.0 key set (RFC 7517 §5) as Entra publishes it: `x5t` equals `kid`, no `alg`, each key bound to its issuer. */
export function jsonWebKeySet(keys: KeyRing, issuer: string): object {
  return {
    keys: keys.published().map(({ kid, publicKey, certificate }) => {
      const { kty, n, e } = publicKey.export({ format: 'jwk' })
      return { kty, use: 'sig', kid, x5t: kid, n, e, x5c: [certificate], issuer }
    }),
  }
}
