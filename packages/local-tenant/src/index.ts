/** A Microsoft Entra External ID tenant on this machine. */
export { type DataFolder, openDataFolder } from './data-folder.js'
export { DirectoryFileError } from './directory/database.js'
export { ListenError } from './listener/listener.js'
export { startTenant, type Tenant, type TenantOptions } from './tenant.js'
export type { DevelopmentCa, ServerCertificate } from './tls/development-ca.js'
export type { TokenTimes } from './tokens/access-token.js'
