import { type Proof, readProof } from '../proof.js'

/** What every program of this folder, in whatever language, finds in its environment. */
export interface TokenRequest {
  readonly authority: string
  /** One more host that MSAL Node is to trust. */
  readonly knownAuthority: string | undefined
  /** False: the client is told not to ask Microsoft whether the authority's host is genuine. */
  readonly instanceDiscovery: boolean
  readonly clientId: string
  readonly proof: Proof
  readonly scope: string
}

/** Throws when a variable is missing. */
export function readRequest(environment: NodeJS.ProcessEnv): TokenRequest {
  const required = (name: string): string => {
    const value = environment[name]
    if (value === undefined) throw new Error(`${name} is not set: these programs are started by the tests beside them`)
    return value
  }
  return {
    authority: required('AUTHORITY'),
    knownAuthority: environment['KNOWN_AUTHORITY'],
    instanceDiscovery: environment['INSTANCE_DISCOVERY'] !== 'off',
    clientId: required('CLIENT_ID'),
    proof: readProof(environment),
    scope: required('SCOPE'),
  }
}
