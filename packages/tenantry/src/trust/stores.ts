import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A program and its arguments. */
export type Command = readonly string[]

/** A place where certificates are trusted from, and the commands of the system that change it. */
export interface Store {
  readonly name: string
  /** Ends with 0 when the certificate is in the store. */
  readonly look: Command
  readonly add: readonly Command[]
  readonly remove: readonly Command[]
}

/** The certificate that is to be trusted. */
export interface Root {
  /** PEM. */
  readonly file: string
  /** Its common name, which has random letters and so is no other root's. */
  readonly name: string
  /** SHA-1 of it in hexadecimal digits, by which systems find it. */
  readonly thumbprint: string
}

export interface System {
  readonly platform: NodeJS.Platform
  readonly home: string
  /** The system's own store too, for every program and every account: Linux only. */
  readonly system: boolean
}

/** The stores of this user's browsers, as far as there are any. */
export function storesOf(system: System, root: Root): Store[] {
  if (system.platform === 'darwin') return [keychain(system.home, root)]
  if (system.platform === 'win32') return [windowsStore(root)]
  const databases = databasesOf(system.home).map((folder) => nssStore(folder, root))
  return system.system ? [...databases, linuxStore(root)] : databases
}

/** Where Chromium and its kin look; the folder is made where none of them has run yet. */
const chromium = '.pki/nssdb'
/** Below these Firefox has a folder for each profile. */
const firefox = ['.mozilla/firefox', '.config/mozilla/firefox', 'snap/firefox/common/.mozilla/firefox']

function databasesOf(home: string): string[] {
  const snap = join(home, 'snap/chromium/current', chromium)
  const profiles = firefox.flatMap((folder) => foldersIn(join(home, folder)))
  const found = [snap, ...profiles].filter((folder) => existsSync(join(folder, 'cert9.db')))
  return [join(home, chromium), ...found]
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name))
}

/** certutil(1) of NSS. `C` alone: it may vouch for servers, not for mail and not for programs. */
function nssStore(folder: string, { file, name }: Root): Store {
  const database = ['-d', `sql:${folder}`]
  const create = [
    ['mkdir', '-p', '-m', '700', folder],
    ['certutil', '-N', ...database, '--empty-password'],
  ]
  return {
    name: folder,
    look: ['certutil', '-L', ...database, '-n', name],
    add: [
      ...(existsSync(join(folder, 'cert9.db')) ? [] : create),
      ['certutil', '-A', ...database, '-t', 'C,,', '-n', name, '-i', file],
    ],
    remove: [['certutil', '-D', ...database, '-n', name]],
  }
}

function linuxStore({ file, thumbprint }: Root): Store {
  const [folder = '', ...update] = existsSync('/etc/pki/ca-trust/source/anchors')
    ? ['/etc/pki/ca-trust/source/anchors', 'update-ca-trust']
    : ['/usr/local/share/ca-certificates', 'update-ca-certificates']
  const copy = join(folder, `tenantry-${thumbprint.slice(0, 16).toLowerCase()}.crt`)
  return {
    name: `the system (${folder})`,
    look: ['test', '-f', copy],
    add: [['install', '-m', '644', file, copy], update],
    remove: [['rm', '-f', copy], update],
  }
}

function keychain(home: string, { file, thumbprint }: Root): Store {
  const login = join(home, 'Library/Keychains/login.keychain-db')
  return {
    name: 'the login keychain',
    look: ['sh', '-c', `security find-certificate -a -Z "$1" | grep -q ${thumbprint}`, 'sh', login],
    add: [['security', 'add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', login, file]],
    remove: [
      ['security', 'remove-trusted-cert', file],
      ['security', 'delete-certificate', '-Z', thumbprint, login],
    ],
  }
}

function windowsStore({ file, thumbprint }: Root): Store {
  return {
    name: "this user's trusted roots",
    look: ['certutil', '-user', '-verifystore', 'Root', thumbprint],
    add: [['certutil', '-user', '-addstore', 'Root', file]],
    remove: [['certutil', '-user', '-delstore', 'Root', thumbprint]],
  }
}
