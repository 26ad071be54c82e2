import type { SecretStore, StoredSecret } from '@tenantry/app-registration'
import type { DataFolder } from '@tenantry/local-tenant'

const fileName = 'secrets.json'

/**
 * Generated secrets, in a file that only its owner can read. A file that is damaged counts as empty: registration then
 * replaces the secrets, which is all that can be done for a value that no one else has.
 */
export function secretsFile(folder: DataFolder): SecretStore & { forget(uniqueName: string): void } {
  const writeAll = (secrets: Map<string, StoredSecret>) =>
    folder.write(fileName, `${JSON.stringify(Object.fromEntries(secrets), null, 2)}\n`)
  return {
    read: async (uniqueName) => readAll(folder).get(uniqueName),
    async write(uniqueName, secret) {
      writeAll(readAll(folder).set(uniqueName, secret))
    },
    forget(uniqueName) {
      const secrets = readAll(folder)
      if (secrets.delete(uniqueName)) writeAll(secrets)
    },
  }
}

function readAll(folder: DataFolder): Map<string, StoredSecret> {
  const entries = Object.entries(parse(folder.read(fileName)))
  return new Map(entries.flatMap(([name, value]) => (isSecret(value) ? [[name, value]] : [])))
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
  if (typeof value !== 'object' || value === null) return false
  return ['keyId', 'value', 'endDateTime'].every((name) => typeof Reflect.get(value, name) === 'string')
}
