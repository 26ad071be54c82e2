import { isAbsolute, resolve } from 'node:path'
import { Failure } from '../failure.js'

/** Where a piece of a credential comes from. `setting` names what a person would have to change. */
export type Material = { setting: string; origin: string } & (
  | { from: 'value'; value: string }
  | { from: 'file'; path: string }
  | { from: 'command'; command: readonly string[] }
  | { from: 'stdin' }
)

/** One way to prove who the daemon is. Nothing of it has been read or checked yet. */
export type CredentialSource =
  | {
      kind: 'certificate'
      /** PEM with or without the key, or PKCS #12; absent in the sample's form, which has a thumbprint instead. */
      certificate: Material | undefined
      /** PEM; absent when it is in `certificate`. */
      privateKey: Material | undefined
      password: Material | undefined
      thumbprint: string | undefined
    }
  | { kind: 'federated token file'; token: Material }
  /** `clientId` of a user-assigned identity; undefined for that of the machine. */
  | { kind: 'managed identity'; setting: string; origin: string; clientId: string | undefined }
  | { kind: 'secret'; secret: Material }

export interface Setting {
  value: string
  /** The file or place the value stands in. */
  origin: string
  /** What a relative path is relative to; the current folder if not given. */
  folder?: string
  /** How strong the origin is: of two forms of one value the one of the smaller rank counts. */
  rank?: number
}

export interface Settings {
  get(name: string): Setting | undefined
}

/**
 * The credentials that the settings name, in the order in which they are to be tried: certificate, federated token file,
 * managed identity, secret, second secret. Every value may stand in the setting itself, in a file (`…_FILE`) or come from
 * `…_FROM`: `file:<path>`, `env:<name>`, `exec:<command>` or `stdin:`. The names of the Azure libraries count only when nothing
 * is given under a name of our own: they often are in the environment for other programs and another tenant. Throws one `configuration` failure that names every
 * mistake; reads no file and runs no command.
 */
export function readCredentialSources(settings: Settings): CredentialSource[] {
  const own = gather({ get: (name) => (name.startsWith('AZURE_') ? undefined : settings.get(name)) })
  const isSilent = own.sources.length === 0 && own.mistakes.length === 0
  const { sources, mistakes } = isSilent ? gather(settings) : own
  if (sources.length === 0 && mistakes.length === 0) mistakes.push(nothingGiven)
  if (mistakes.length > 0) throw wrong(mistakes)
  return sources
}

function gather(settings: Settings): { sources: CredentialSource[]; mistakes: string[] } {
  const mistakes: string[] = []
  const find: Find = (...names) => {
    try {
      return material(settings, names)
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      mistakes.push(error.message)
      return undefined
    }
  }
  const sources = [
    ...certificate(settings, find),
    ...federated(settings, find),
    ...managedIdentity(settings, mistakes),
    ...secrets(find, mistakes),
  ]
  return { sources, mistakes }
}

type Find = (...names: string[]) => Material | undefined

class Mistake extends Error {}

const nothingGiven =
  'CLIENT_SECRET or CLIENT_SECRET_FILE is missing (the Value, not the Secret ID, shown once under Certificates & secrets of the ' +
  'daemon app registration), and there is no CERT_FILE, FEDERATED_TOKEN_FILE or MANAGED_IDENTITY instead'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const longestValue = 64 * 1024

function certificate(settings: Settings, find: Find): CredentialSource[] {
  const pem = find('CERT', 'CLIENT_CERTIFICATE') ?? pathOf(settings, 'AZURE_CLIENT_CERTIFICATE_PATH')
  const privateKey = find('CERT_PRIVATE_KEY')
  const password = find('CERT_PASSWORD', 'AZURE_CLIENT_CERTIFICATE_PASSWORD')
  const thumbprint = settings.get('CERT_THUMBPRINT')?.value
  // A thumbprint or a password by itself, as in a copied template, is no certificate.
  if (pem === undefined && privateKey === undefined) return []
  return [{ kind: 'certificate', certificate: pem, privateKey, password, thumbprint }]
}

function federated(settings: Settings, find: Find): CredentialSource[] {
  const token = find('FEDERATED_TOKEN') ?? pathOf(settings, 'AZURE_FEDERATED_TOKEN_FILE')
  return token === undefined ? [] : [{ kind: 'federated token file', token }]
}

function managedIdentity(settings: Settings, mistakes: string[]): CredentialSource[] {
  const setting = settings.get('MANAGED_IDENTITY')
  if (!setting) return []
  const { value, origin } = setting
  if (value !== 'system' && !guid.test(value)) {
    mistakes.push(`MANAGED_IDENTITY in ${origin} is neither "system" nor the client id of a user-assigned identity`)
  }
  const clientId = value === 'system' ? undefined : value
  return [{ kind: 'managed identity', setting: 'MANAGED_IDENTITY', origin, clientId }]
}

function secrets(find: Find, mistakes: string[]): CredentialSource[] {
  const found = [find('CLIENT_SECRET', 'AZURE_CLIENT_SECRET'), find('CLIENT_SECRET_SECONDARY')]
  return found.flatMap((secret) => {
    if (secret === undefined) return []
    if (secret.from === 'value' && !/^[\x21-\x7e]{1,4096}$/.test(secret.value)) {
      mistakes.push(
        `${secret.setting} in ${secret.origin} contains a control character or blank, or is longer than 4096`,
      )
    }
    return [{ kind: 'secret' as const, secret }]
  })
}

/** The strongest origin that gives one of `names` decides; two forms from there contradict each other. */
function material(settings: Settings, names: readonly string[]): Material | undefined {
  const forms = names.flatMap((name) =>
    ['', '_FILE', '_FROM'].flatMap((form) => given(settings, name, `${name}${form}`)),
  )
  const strongest = Math.min(...forms.map(rankOf))
  const [first, ...others] = forms.filter((form) => rankOf(form) === strongest)
  const rival = others.find(({ base }) => base === first?.base)
  if (first && rival) throw new Mistake(`${first.origin} sets both ${first.name} and ${rival.name}; keep one`)
  return first && readForm(settings, first)
}

function rankOf({ rank = 0 }: Setting): number {
  return rank
}

interface Given extends Setting {
  name: string
  /** The name without `_FILE` and `_FROM`. */
  base: string
}

function given(settings: Settings, base: string, name: string): Given[] {
  const setting = settings.get(name)
  if (!setting || setting.value.trim() === '') return []
  const { value, origin } = setting
  if (/enter_the_\w+?_here|^your[_-]|\/your_/i.test(value)) {
    throw new Mistake(`${name} in ${origin} still is a placeholder; put ${placeOf(name)}`)
  }
  if (value.length > longestValue) throw new Mistake(`${name} in ${origin} is longer than ${longestValue} characters`)
  return [{ ...setting, name, base, value: value.trim() }]
}

function placeOf(name: string): string {
  if (name.endsWith('_FILE') || name.endsWith('_PATH')) return 'the path of a file that holds it'
  if (name.includes('SECRET')) {
    return 'the Value, not the Secret ID, shown once under Certificates & secrets of the daemon app registration'
  }
  return 'what it asks for, or remove it'
}

function readForm(settings: Settings, setting: Given): Material {
  const { name, value, origin } = setting
  const basis = { setting: name, origin }
  if (name.endsWith('_FILE')) return { ...basis, from: 'file', path: path(setting, value) }
  if (!name.endsWith('_FROM')) return { ...basis, from: 'value', value }
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(value) ?? []
  if (scheme === 'stdin' && rest === '') return { ...basis, from: 'stdin' }
  if (scheme === 'file' && rest !== '') return { ...basis, from: 'file', path: path(setting, rest) }
  if (scheme === 'exec' && rest.trim() !== '')
    return { ...basis, from: 'command', command: words(setting, rest.trim()) }
  if (scheme === 'env') return { ...basis, from: 'value', value: named(settings, setting, rest) }
  throw new Mistake(`${name} in ${origin} is none of file:<path>, env:<name>, exec:<command> and stdin:`)
}

function named(settings: Settings, { name, origin }: Given, variable: string): string {
  const value = settings.get(variable)?.value.trim() ?? ''
  if (value === '') throw new Mistake(`${name} in ${origin} names a variable that is not set`)
  return value
}

/** No shell takes part: words are parted by blanks, or given as a JSON array when one of them contains a blank. */
function words({ name, origin }: Given, text: string): string[] {
  if (!text.startsWith('[')) return text.split(/\s+/)
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string')) return list
  } catch {
    // Reported below, as any other text that is no list of words.
  }
  throw new Mistake(`${name} in ${origin} begins like a JSON array and is not one of words`)
}

function pathOf(settings: Settings, name: string): Material | undefined {
  const setting = settings.get(name)
  const value = setting?.value.trim() ?? ''
  return setting && value !== ''
    ? { setting: name, origin: setting.origin, from: 'file', path: path(setting, value) }
    : undefined
}

function path({ folder }: Setting, value: string): string {
  return isAbsolute(value) || folder === undefined ? value : resolve(folder, value)
}

function wrong(mistakes: readonly string[]): Failure {
  return new Failure('configuration', {
    what: 'configuration incomplete or wrong',
    why: mistakes.join('; '),
    next:
      'run `npm run up`, which starts a local tenant and writes .tenantry/daemon.env, ' +
      'or copy .env.example to .env and fill in the values of your tenant',
  })
}
