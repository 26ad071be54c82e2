import { defaultApiEndpoint, type Layer, written } from './configuration.js'

export interface ShownSetting {
  setting: string
  value: string
  /** Where it comes from, for instance `AZURE_CLIENT_ID in the environment`. */
  origin: string
}

/** Every setting that has a value, as `config show` prints it: not checked, secrets concealed. */
export function showSettings(layers: readonly Layer[]): ShownSetting[] {
  const show = (names: readonly string[]): ShownSetting[] => names.flatMap((name) => shown(layers, name))
  const credentials = show(ownCredentials)
  // As when they are read: those of the Azure libraries count when there is no other.
  return [
    ...show(['CLIENT_ID', 'AUTHORITY']),
    ...(credentials.length > 0 ? credentials : show(azureCredentials)),
    ...show([
      'SCOPES',
      'API_ENDPOINT',
      'CA_FILE',
      'TOKEN_CACHE',
      'TOKEN_CACHE_KEY',
      'TOKEN_CACHE_KEY_FILE',
      'JOB_LOCK',
    ]),
  ]
}

/** Names of credentials whose value may stand in the setting, in a file (`_FILE`) or elsewhere (`_FROM`). */
const materials = [
  'CERT',
  'CLIENT_CERTIFICATE',
  'CERT_PRIVATE_KEY',
  'CERT_PASSWORD',
  'FEDERATED_TOKEN',
  'CLIENT_SECRET',
  'CLIENT_SECRET_SECONDARY',
]

const ownCredentials = [
  ...materials.flatMap((name) => [name, `${name}_FILE`, `${name}_FROM`]),
  'CERT_THUMBPRINT',
  'MANAGED_IDENTITY',
]

const azureCredentials = [
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_CLIENT_SECRET',
]

const secretSettings: ReadonlySet<string> = new Set([
  ...materials,
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_CLIENT_SECRET',
  'TOKEN_CACHE_KEY',
])

function shown(layers: readonly Layer[], setting: string): ShownSetting[] {
  const found = layers.flatMap((layer) => written(layer, setting) ?? [])[0]
  const given = found ?? (setting === 'API_ENDPOINT' ? defaultApiEndpoint : undefined)
  if (given === undefined) return []
  const { name, value, layer } = given
  const origin = name === setting ? layer.origin : `${name} in ${layer.origin}`
  return [{ setting, value: concealed(setting, value), origin }]
}

const addresses: ReadonlySet<string> = new Set(['TOKEN_CACHE', 'JOB_LOCK'])
const concealment = '[concealed]'

/** Of an address the password is hidden, of a command its arguments. */
function concealed(setting: string, value: string): string {
  if (secretSettings.has(setting)) return concealment
  if (setting.endsWith('_FROM')) return value.replace(/^(exec:\s*[^\s[]*)[\s[].*$/s, `$1 ${concealment}`)
  // Up to the last @: a password may hold one itself.
  return addresses.has(setting) ? value.replace(/^([a-z]+:\/\/[^:@/]*:).*@/i, `$1${concealment}@`) : value
}
