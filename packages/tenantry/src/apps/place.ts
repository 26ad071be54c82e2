import {
  type ClientCertificate,
  clientCredentialsToken,
  createGraphClient,
  type DesiredState,
  type GraphClient,
  type GraphTokenSource,
  type TakeToken,
} from '@tenantry/app-registration'
import type { DataFolder } from '@tenantry/local-tenant'

/** A tenant in which applications are registered, and the folder for what comes of it. */
export interface Place {
  /** For a person: which tenant, where. */
  readonly name: string
  readonly tenantId: string
  /** What clients of the tenant are configured with. */
  readonly authority: string
  readonly graph: GraphClient
  readonly takeToken: TakeToken
  readonly folder: DataFolder
  /** Path of the certificates that clients have to trust; null: public ones. */
  readonly caFile: string | null
}

/** What the operator's sign-in has to allow. */
export interface Purpose {
  readonly writes: boolean
  /** Null when nothing is declared yet. */
  readonly desired: DesiredState | null
}

export interface Connection {
  readonly graphUrl: string
  readonly authority: string
  readonly accessToken: GraphTokenSource
  readonly ca?: string
  readonly signal: AbortSignal
}

export function connect({ graphUrl, authority, accessToken, ca, signal }: Connection) {
  const trust = ca === undefined ? {} : { ca }
  return {
    graph: createGraphClient({ baseUrl: graphUrl, accessToken, signal, ...trust }),
    // A new source each time: a token that is kept proves nothing.
    takeToken: (request: { clientId: string; scope: string } & ClientProof) =>
      clientCredentialsToken({ authority, ...request, ...trust })(),
  }
}

interface ClientProof {
  readonly clientSecret?: string
  readonly clientCertificate?: ClientCertificate
}
