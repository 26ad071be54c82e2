import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { Refused } from './guest.js'
import type { TenantAtHand } from './tenant-at-hand.js'

/** Hosts whose programs find a managed identity, in the order in which MSAL looks for them. */
export const identitySources = ['app-service', 'imds', 'workload'] as const
export type IdentitySource = (typeof identitySources)[number]

export interface IdentityOptions {
  /** The appId or display name of the application that stands for it; null for a program without one. */
  readonly managedIdentity: string | null
  readonly identitySource: IdentitySource
}

/** By these a program could find another identity than the one that was asked for, or the same in another way. */
const misleading = [
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'IDENTITY_SERVER_THUMBPRINT',
  'IMDS_ENDPOINT',
  'MSI_ENDPOINT',
  'MSI_SECRET',
  'AZURE_POD_IDENTITY_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
]

/**
 * What a program on such a host has in its environment: of one host alone, so that each library finds the same, whatever its
 * order; undefined takes a variable away. `keep` writes the token of a service account and returns its path. Throws a Failure.
 */
export async function identityVariables(
  { managedIdentity, identitySource: source }: IdentityOptions,
  { ask }: Pick<TenantAtHand, 'ask'>,
  keep: (token: string) => string,
): Promise<Record<string, string | undefined>> {
  if (managedIdentity === null) return {}
  const answer = await ask({ managedIdentity, source }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const next = (cause instanceof Refused ? cause.next : null) ?? 'run it again'
    throw new Failure(exitCodes.configuration, `--managed-identity: ${why}`, next, { cause })
  })
  const { variables, token } = answer as { variables: Record<string, string>; token?: string }
  const file = token === undefined ? {} : { AZURE_FEDERATED_TOKEN_FILE: keep(token) }
  return { ...Object.fromEntries(misleading.map((name) => [name, undefined])), ...variables, ...file }
}
