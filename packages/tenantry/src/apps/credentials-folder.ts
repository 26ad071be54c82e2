import { createHash } from 'node:crypto'
import type { DesiredState, RegisteredApplication, SecretStore } from '@tenantry/app-registration'
import { secretsFile } from '../secrets-file.js'
import { type Settings, writeSettings } from '../settings.js'
import type { Place } from './place.js'

/**
 * Writes for each application the settings that a program which is it needs, in the names that the daemon and the API
 * read, with the secret and the key in files of their own. All of it 0600, and rewritten whole. Paths are absolute: the
 * API takes its settings from the environment, where nothing says what a path is relative to. Returns the paths.
 */
export async function writeCredentials(
  place: Place,
  desired: DesiredState,
  applications: Readonly<Record<string, RegisteredApplication>>,
  secrets: SecretStore,
): Promise<string[]> {
  const written: string[] = []
  for (const wanted of desired.applications) {
    const registered = applications[wanted.uniqueName]
    if (registered === undefined) continue
    const name = fileNameOf(wanted.uniqueName)
    const settings: Settings = {
      AUTHORITY: place.authority,
      TENANT_ID: place.tenantId,
      CLIENT_ID: registered.appId,
      ...scopesOf(wanted, desired, applications),
      ...(await credentialsOf(place, name, wanted, secrets)),
      ...(place.caFile === null ? {} : { CA_FILE: place.caFile }),
    }
    written.push(writeSettings(place.folder, `${name}.env`, settings))
  }
  return written
}

type Wanted = DesiredState['applications'][number]

function scopesOf(
  { permissions = [] }: Wanted,
  desired: DesiredState,
  applications: Readonly<Record<string, RegisteredApplication>>,
): Settings {
  const isForPrograms = ({ appRoles = [] }: (typeof permissions)[number]) => appRoles.length > 0
  const first = permissions.find(isForPrograms) ?? permissions[0]
  const api = desired.applications.find(({ uniqueName }) => uniqueName === first?.application)
  const appId = first === undefined ? undefined : applications[first.application]?.appId
  if (first === undefined || api === undefined || appId === undefined) return {}
  const resource = api.identifierUri === undefined ? appId : api.identifierUri.replace(/^appId$/, `api://${appId}`)
  // A program gets what it was granted; for a user a client names what it wants to do.
  const values = isForPrograms(first) ? ['.default'] : (first.delegatedScopes ?? [])
  return { SCOPES: values.map((value) => `${resource}/${value}`).join(' ') }
}

async function credentialsOf(
  { folder }: Place,
  name: string,
  { uniqueName, secret, certificate }: Wanted,
  secrets: SecretStore,
): Promise<Settings> {
  const value = secret === undefined ? undefined : (await secrets.read(uniqueName))?.value
  const kept = certificate === undefined ? undefined : await secrets.certificates?.read(uniqueName)
  if (value !== undefined) folder.write(`${name}.secret`, `${value}\n`)
  if (kept !== undefined) folder.write(`${name}.pem`, `${kept.certificate.trimEnd()}\n${kept.privateKey.trimEnd()}\n`)
  return {
    ...(value === undefined ? {} : { CLIENT_SECRET_FILE: folder.file(`${name}.secret`) }),
    ...(kept === undefined ? {} : { AZURE_CLIENT_CERTIFICATE_PATH: folder.file(`${name}.pem`) }),
  }
}

/** A uniqueName as a file name. One with other characters gets a few more, so that no two of them share a file. */
export function fileNameOf(uniqueName: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(uniqueName)) return uniqueName
  const hash = createHash('sha256').update(uniqueName).digest('hex').slice(0, 8)
  return `${uniqueName.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 48)}-${hash}`
}

/** The secrets and the certificates of a place. */
export function credentialsStore({ folder }: Place): SecretStore {
  return secretsFile(folder)
}
