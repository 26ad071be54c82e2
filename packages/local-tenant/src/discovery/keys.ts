import type { KeyRing } from '../signing/key-ring.js'

/**
 * The key set (RFC 7517 §5) as Entra publishes it: `x5t` equals `kid` and there is no `alg`. In the v2.0 set each key is bound
 * to its issuer; the v1.0 set lists the same keys without one.
 */
export function jsonWebKeySet(keys: KeyRing, issuer?: string): object {
  return {
    keys: keys.published().map(({ kid, publicKey, certificate }) => {
      const { kty, n, e } = publicKey().export({ format: 'jwk' })
      return { kty, use: 'sig', kid, x5t: kid, n, e, x5c: [certificate], ...(issuer === undefined ? {} : { issuer }) }
    }),
  }
}
