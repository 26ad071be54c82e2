import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { trustStore } from './pkcs12.js'

/** Files that hold what a program trusted before, and the development CA beside it. */
export interface TrustFiles {
  /** PEM; `base` is the file or folder of certificates that a variable of the user's names, if it does. */
  bundle(base: string | undefined): string
  /** PKCS#12, with what this system trusts. */
  javaStore(): string
}

/** Where systems keep the certificates they trust: Debian, Fedora, openSUSE, Alpine and macOS. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * Trust files in a data folder. They are named after what went into them, so a later run finds them made. `builtIn` gives
 * Node's own roots, for a system that keeps none in a file.
 */
export function trustFiles(folder: DataFolder, ca: string, builtIn: () => readonly string[]): TrustFiles {
  const system = () => systemBundles.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
  const readRoots = (base: string | undefined) => (base === undefined ? builtIn().join('\n') : readCertificates(base))
  const kept = (base: string | undefined, kind: string, make: () => string | Buffer): string => {
    const name = `trust-${fingerprint(base, ca)}.${kind}`
    if (statSync(folder.file(name), { throwIfNoEntry: false }) !== undefined) return folder.file(name)
    return folder.write(name, make())
  }
  return {
    bundle(base) {
      const from = base !== undefined && exists(base) ? base : system()
      return kept(from, 'pem', () => `${readRoots(from).trimEnd()}\n${ca}`)
    },
    javaStore() {
      const from = system()
      return kept(from, 'p12', () => trustStore(certificatesIn(`${readRoots(from)}\n${ca}`)))
    },
  }
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined

function readCertificates(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8')
  const files = readdirSync(path).filter((name) => /\.(pem|crt|\d)$/.test(name))
  const texts = files.map((name) => readIfFile(join(path, name)))
  // Such folders name each certificate twice, and often hold all of them in one file as well.
  return [...new Set(texts.flatMap(pemIn))].join('\n')
}

function readIfFile(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : ''
}

const pemIn = (text: string) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

const certificatesIn = (text: string) =>
  [...new Set(pemIn(text))].map((pem) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))

/** Changes with the CA, which is told from others by the end of its signature, and with the file it is put beside. */
function fingerprint(base: string | undefined, ca: string): string {
  const found = base === undefined ? undefined : statSync(base, { throwIfNoEntry: false })
  const file = found === undefined ? ['0'] : [found.dev, found.ino, found.mtimeMs, found.size].map(String)
  const signature = (ca.trimEnd().split('\n').at(-2) ?? '').slice(-16).replaceAll(/\W/g, '_')
  return [signature, ...file].join('-')
}
