import { lookup } from 'node:dns'
import { BlockList, isIPv6, type LookupFunction } from 'node:net'

/** IPv4 blocks that are not the public internet (RFC 6890 and the IANA special-purpose registry), multicast and reserved ones included. */
const notPublicV4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Within 2000::/3, which alone is public: special purposes, documentation, and 6to4, which carries any IPv4 address inside. */
const notPublicV6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** Whether an IP address belongs to the public internet: not this machine, not its network, not a cloud's metadata service. */
export function isPublicAddress(address: string): boolean {
  const { special, publicV6 } = blocks()
  if (isIPv6(address)) return publicV6.check(address, 'ipv6') && !special.check(address, 'ipv6')
  return !special.check(address, 'ipv4')
}

interface Blocks {
  readonly special: BlockList
  readonly publicV6: BlockList
}

let made: Blocks | undefined

/** Made when the first address is judged: it takes 3 ms, which no start of a tenant should wait for. */
function blocks(): Blocks {
  made ??= makeBlocks()
  return made
}

function makeBlocks(): Blocks {
  const special = new BlockList()
  for (const [network, bits] of notPublicV4) special.addSubnet(network, bits, 'ipv4')
  for (const [network, bits] of notPublicV6) special.addSubnet(network, bits, 'ipv6')
  const publicV6 = new BlockList()
  publicV6.addSubnet('2000::', 3, 'ipv6')
  return { special, publicV6 }
}

/**
 * A lookup for connections that yields public addresses only. The connection is made to the very addresses that were judged,
 * so a name cannot mean one thing when it is checked and another when it is used.
 */
export function lookupPublic(refusal: () => Error): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) return callback(error, '')
      if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(refusal(), '')
      if (options.all === true) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}
