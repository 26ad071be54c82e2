import {
  apply,
  type DesiredApplication,
  type GraphClient,
  GraphError,
  type Registration,
} from '@tenantry/app-registration'
import { proveAll } from '../apps/apply.js'
import { credentialsStore } from '../apps/credentials-folder.js'
import { callJson } from '../apps/https-json.js'
import { openLocalPlace } from '../apps/local-place.js'
import type { Place } from '../apps/place.js'
import type { AppsSurroundings } from '../apps/surroundings.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { openTenantFolder } from '../tenant-folder.js'
import type { Fit } from './fit.js'

/** The port and the id of a tenant that runs over the data folder. */
export interface Running {
  readonly data: string
  readonly port: number
  readonly tenantId: string
}

/**
 * Makes the tenant as the programs need it, through Microsoft Graph, and proves each credential with a token. Only what no
 * real tenant lets anybody choose, an application's own id, goes through the control plane. Run again it changes nothing.
 */
export async function register(fit: Fit, running: Running, surroundings: AppsSurroundings): Promise<Registration> {
  const { data, port, tenantId } = running
  const options = { file: null, data, port, tenant: tenantId, cloud: null }
  const place = await openLocalPlace(options, surroundings)
  const { applications } = fit
  for (const application of applications) await makeKnown(place, application, running, surroundings)
  const registration = await apply(place.graph, { applications }, credentialsStore(place))
  for (const uniqueName of fit.publicClients) {
    await makePublic(place.graph, registration.applications[uniqueName]?.objectId ?? '')
  }
  await proveAll(place, { applications }, registration, false, surroundings)
  return registration
}

/** An application whose id stands in a file gets that id, if it is not there yet. */
async function makeKnown(
  { graph }: Place,
  { appId, displayName }: DesiredApplication,
  { data, port, tenantId }: Running,
  { environment, signal }: AppsSurroundings,
): Promise<void> {
  if (appId === undefined || (await isThere(graph, appId))) return
  const { key, ca, origin } = openTenantFolder(data, port, environment)
  const url = `${origin}/_tenantry/tenants/${tenantId}/apps`
  const headers = { authorization: `Bearer ${key}` }
  const { status, body } = await callJson({ url, method: 'POST', headers, body: { displayName, appId }, ca, signal })
  if (status === 200 || status === 201) return
  const why = `the application ${displayName} cannot have the id ${appId} (${messageIn(body)})`
  throw new Failure(exitCodes.conflict, why, 'correct the id in its file, or choose another folder with --data')
}

async function isThere(graph: GraphClient, appId: string): Promise<boolean> {
  try {
    await graph.send({ method: 'GET', path: `/applications(appId='${appId}')?$select=id` })
    return true
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return false
    throw error
  }
}

function messageIn(body: unknown): string {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: { message?: unknown } }
  return typeof error?.message === 'string' ? error.message.replace(/\.$/, '') : 'the tenant refuses it'
}

async function makePublic(graph: GraphClient, objectId: string): Promise<void> {
  const path = `/applications/${encodeURIComponent(objectId)}`
  const { body } = await graph.send({ method: 'GET', path: `${path}?$select=isFallbackPublicClient` })
  if ((body as { isFallbackPublicClient?: unknown }).isFallbackPublicClient === true) return
  await graph.send({ method: 'PATCH', path, body: { isFallbackPublicClient: true } })
}
