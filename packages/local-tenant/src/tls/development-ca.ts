import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { DataFolder } from '../data-folder.js'

/**
 * A certificate authority for development: a root whose key was thrown away after it signed one intermediate, and that
 * intermediate, which may vouch only for the hosts of Microsoft's login, of Graph and of this machine.
 */
export interface DevelopmentCa {
  /** What a client has to trust: the root's certificate, PEM. */
  readonly root: string
  /** Where the root's certificate is kept; null in memory. */
  readonly rootFile: string | null
  /**
   * Chain and key for a server that answers for `hosts` (DNS names, wildcards or IP addresses).
   * Kept under `name`, and issued anew when it ends within 30 days or no longer fits.
   */
  certificateFor(name: string, hosts: readonly string[]): Promise<ServerCertificate>
}

export interface ServerCertificate {
  /** PEM: leaf first, then the intermediate. */
  readonly chain: string
  /** PEM, PKCS#8. */
  readonly key: string
  /** The same as files; null in memory. */
  readonly files: { readonly chain: string; readonly key: string } | null
}

interface Authority {
  root: string
  intermediate: string
  intermediateKey: string
}

const files = { root: 'ca.pem', intermediate: 'ca-intermediate.pem', intermediateKey: 'ca-intermediate-key.pem' }
const renewBeforeDays = 30

/** Opens the CA of a data folder and makes it on first use; with null it lives in memory only. */
export async function openDevelopmentCa(folder: DataFolder | null, now: () => Date): Promise<DevelopmentCa> {
  const authority = readAuthority(folder, now()) ?? (await makeAuthority(folder, now()))
  return {
    root: authority.root,
    rootFile: folder?.file(files.root) ?? null,
    async certificateFor(name, hosts) {
      const names = { chain: `${name}-certificate.pem`, key: `${name}-key.pem` }
      const kept = readServerCertificate(folder, names, authority, hosts, now())
      const { chain, key } = kept ?? (await issue(folder, names, authority, hosts, now()))
      return { chain, key, files: folder && { chain: folder.file(names.chain), key: folder.file(names.key) } }
    },
  }
}

function readAuthority(folder: DataFolder | null, now: Date): Authority | undefined {
  const root = folder?.read(files.root)
  const intermediate = folder?.read(files.intermediate)
  const intermediateKey = folder?.read(files.intermediateKey)
  if (root === undefined || intermediate === undefined || intermediateKey === undefined) return undefined
  const read = readCertificate(intermediate)
  const usable = read !== undefined && isCurrent(read, now) && keyFits(read, intermediateKey) && isIssuedBy(read, root)
  return usable ? { root, intermediate, intermediateKey } : undefined
}

async function makeAuthority(folder: DataFolder | null, now: Date): Promise<Authority> {
  // Loaded only here: the X.509 library costs more time than a whole start that finds its certificates made.
  const { issueCa } = await import('./issue.js')
  const authority = await issueCa(now)
  folder?.write(files.intermediateKey, authority.intermediateKey)
  folder?.write(files.intermediate, authority.intermediate)
  folder?.write(files.root, authority.root)
  return authority
}

async function issue(
  folder: DataFolder | null,
  names: { chain: string; key: string },
  authority: Authority,
  hosts: readonly string[],
  now: Date,
): Promise<{ chain: string; key: string }> {
  const { issueServerCertificate } = await import('./issue.js')
  const issued = await issueServerCertificate(authority, hosts, now)
  folder?.write(names.key, issued.key)
  folder?.write(names.chain, issued.chain)
  return issued
}

/** The kept certificate, if it is whole, fits its key, covers the hosts, was issued by this CA and does not end soon. */
function readServerCertificate(
  folder: DataFolder | null,
  names: { chain: string; key: string },
  { intermediate }: Authority,
  hosts: readonly string[],
  now: Date,
): { chain: string; key: string } | undefined {
  const chain = folder?.read(names.chain)
  const key = folder?.read(names.key)
  if (chain === undefined || key === undefined || !chain.endsWith(intermediate)) return undefined
  const leaf = readCertificate(chain)
  if (leaf === undefined || !isCurrent(leaf, now) || !keyFits(leaf, key)) return undefined
  return hosts.every((host) => covers(leaf, host)) ? { chain, key } : undefined
}

function covers(certificate: X509Certificate, host: string): boolean {
  // Node's isIP compiles a long regular expression for this, which takes 2 ms and more.
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host)
  if (isAddress) return certificate.checkIP(host) !== undefined
  return certificate.checkHost(host.replace('*', 'any')) !== undefined
}

/** The first certificate of a PEM file, or undefined where there is none. Parsed once: each time costs a start a part of a millisecond. */
function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function isIssuedBy(intermediate: X509Certificate, root: string): boolean {
  try {
    return intermediate.verify(new X509Certificate(root).publicKey)
  } catch {
    return false
  }
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  // One that was made while the clock was ahead is not good yet.
  if (Date.parse(validFrom) > now.getTime()) return false
  return Date.parse(validTo) - now.getTime() > renewBeforeDays * 86_400_000
}

function keyFits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
