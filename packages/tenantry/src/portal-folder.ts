import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with the files of the admin portal, which the tenant serves. */
export function portalFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('@tenantry/portal')))
}
