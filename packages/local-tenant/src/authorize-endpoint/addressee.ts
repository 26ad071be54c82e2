import { findClient } from '../authorization/client.js'
import { type ClientKind, redirectKind } from '../authorization/client-kind.js'
import { nonEmpty } from '../authorization/form.js'
import type { ApplicationProperties } from '../directory/application-properties.js'
import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'

export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** To whom and how an authorization request is answered. Only once this is known may anything be sent there. */
export interface Addressee {
  readonly client: ServicePrincipal
  readonly application: ApplicationProperties
  readonly clientKind: Exclude<ClientKind, 'registered'>
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state: string | undefined
}

const responseModes: readonly string[] = ['query', 'fragment', 'form_post'] satisfies readonly ResponseMode[]

/** Throws EntraError, which is then for the person at the browser alone (RFC 6749 §4.1.2.1). */
export function readAddressee(parameters: URLSearchParams, directory: Directory, tenantAsRequested: string): Addressee {
  const clientId = nonEmpty(parameters.get('client_id'))
  if (clientId === undefined) throw refusal('missingParameter', { parameter: 'client_id' })
  if (new Set(parameters.keys()).size !== parameters.size) throw refusal('malformedRequest', {})
  const { servicePrincipal: client, applicationId } = findClient(clientId, directory, tenantAsRequested)
  const application = directory.applications.find({ objectId: applicationId })?.properties
  if (application === undefined) throw refusal('applicationNotFound', { appId: clientId, tenant: tenantAsRequested })
  const redirectUri = nonEmpty(parameters.get('redirect_uri')) ?? onlyRedirect(application)
  const clientKind = redirectKind(application, redirectUri)
  if (clientKind === undefined || clientKind === 'registered') {
    throw refusal('redirectMismatch', { uri: redirectUri, appId: client.appId })
  }
  const state = parameters.get('state') ?? undefined
  return { client, application, clientKind, redirectUri, responseMode: readMode(parameters), state }
}

/** Without a redirect URI in the request the client's only one is meant (RFC 6749 §3.1.2.3). */
function onlyRedirect({ web, spa, publicClient }: ApplicationProperties): string {
  const [only, ...others] = [web, spa, publicClient].flatMap(({ redirectUris }) => redirectUris)
  if (only === undefined || others.length > 0) throw refusal('noRedirect', {})
  return only
}

/** The mode that was asked for, or the one that goes with the response type; what may not be is told by the safe way. */
function readMode(parameters: URLSearchParams): ResponseMode {
  const types = (parameters.get('response_type') ?? '').split(' ')
  const frontChannel = types.includes('id_token') || types.includes('token')
  const mode = parameters.get('response_mode') ?? ''
  if (isMode(mode) && !(mode === 'query' && frontChannel)) return mode
  return frontChannel ? 'fragment' : 'query'
}

function isMode(mode: string): mode is ResponseMode {
  return responseModes.includes(mode)
}
