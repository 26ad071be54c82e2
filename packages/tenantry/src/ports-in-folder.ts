import type { DataFolder } from '@tenantry/local-tenant/data-folder'

/** Where the tenant of the folder listens, or did when it last ran; undefined when that is not known. */
export function tenantPortIn(folder: DataFolder): number | undefined {
  return portIn(folder.read('port')?.trim())
}

/** The port that `up` last gave the API; undefined when there was none, or any that was free. */
export function apiPortIn(folder: DataFolder): number | undefined {
  return portIn(/^PORT='(.*)'$/m.exec(folder.read('api.env') ?? '')?.[1])
}

/** The same for the web app, whose origin the API was told; undefined when there was none. */
export function webPortIn(folder: DataFolder): number | undefined {
  return portIn(/^CORS_ORIGINS='https:\/\/localhost:(\d+)'$/m.exec(folder.read('api.env') ?? '')?.[1])
}

function portIn(text = ''): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}
