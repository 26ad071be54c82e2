// The primes between 11 and 167 whose powers of 65537 do not reach every remainder tell the weak keys from the others.
const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map((prime) => ({
  prime: BigInt(prime),
  reachable: powersOf(65_537, prime),
}))

/**
 * Whether an RSA modulus looks like those of a smart-card library whose keys can be factored (CVE-2017-15361): each of its
 * remainders is a power of 65537. A sound modulus looks so once in many millions.
 */
export function hasRocaFingerprint(modulus: bigint): boolean {
  return primes.every(({ prime, reachable }) => reachable.has(Number(modulus % prime)))
}

function powersOf(base: number, prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * base) % prime) powers.add(power)
  return powers
}
