import type { SecretStore, StoredCertificate, StoredSecret } from '@tenantry/app-registration'
import type { DataFolder } from '@tenantry/local-tenant'

/**
 * Generated secrets and certificates, in files that only their owner can read. A file that is damaged counts as empty:
 * registration then replaces what was in it, which is all that can be done for a value that no one else has.
 */
export function secretsFile(folder: DataFolder) {
  const secrets = entriesFile(folder, 'secrets.json', isSecret)
  const certificates = entriesFile(folder, 'certificates.json', isCertificate)
  return { ...secrets, certificates } satisfies SecretStore
}

function entriesFile<T>(folder: DataFolder, fileName: string, isEntry: (value: unknown) => value is T) {
  const readAll = () => {
    const entries = Object.entries(parse(folder.read(fileName)))
    return new Map(entries.flatMap(([name, value]) => (isEntry(value) ? [[name, value]] : [])))
  }
  const writeAll = (all: Map<string, T>) =>
    folder.write(fileName, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  return {
    read: async (uniqueName: string) => readAll().get(uniqueName),
    async write(uniqueName: string, value: T) {
      writeAll(readAll().set(uniqueName, value))
    },
    forget(uniqueName: string) {
      const all = readAll()
      if (all.delete(uniqueName)) writeAll(all)
    },
  }
}

function parse(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isSecret(value: unknown): value is StoredSecret {
  return hasTexts(value, ['keyId', 'value', 'endDateTime']) && isRetiring(value)
}

function isCertificate(value: unknown): value is StoredCertificate {
  return hasTexts(value, ['keyId', 'certificate', 'privateKey', 'endDateTime']) && isRetiring(value)
}

function hasTexts(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'string')
}

function isRetiring(value: object): boolean {
  const retiring: unknown = Reflect.get(value, 'retiring') ?? []
  return Array.isArray(retiring) && retiring.every((one) => hasTexts(one, ['keyId', 'after']))
}
