import { X509Certificate } from 'node:crypto'
import { type Acquisition, acquired, refused } from './acquisition.js'
import type { MsalNetwork } from './msal-network.js'
import type { CertificateProof, Proof } from './proof.js'

/** What these tests use of MSAL Node; every version has it. */
export interface Msal {
  readonly version: string
  readonly ConfidentialClientApplication: new (
    configuration: Configuration,
  ) => {
    acquireTokenByClientCredential(request: { scopes: string[] }): Promise<{ accessToken: string } | null>
  }
}

interface Configuration {
  auth: { clientId: string; authority: string; knownAuthorities: string[]; protocolMode: Mode } & Credentials
  system: { networkClient?: MsalNetwork; protocolMode: Mode }
}

type Mode = 'AAD' | 'OIDC'
type Credentials =
  | { clientSecret: string }
  | { clientCertificate: { thumbprint?: string; thumbprintSha256?: string; privateKey: string } }
  | { clientAssertion: () => Promise<string> }
export type Major = '2' | '3' | '5' | '7'

/** Loads one version of MSAL Node; 7 is the one that the daemon uses. */
export const majors: Readonly<Record<Major, () => Promise<Msal>>> = {
  '2': () => import('msal-node-2'),
  '3': () => import('msal-node-3'),
  '5': () => import('msal-node-5'),
  '7': () => import('@azure/msal-node'),
}

export interface MsalSettings {
  readonly authority: string
  readonly known: string | undefined
  readonly oidc: boolean
  readonly clientId: string
  readonly proof: Proof
  readonly scope: string
  /** Left out: MSAL's own. */
  readonly network?: MsalNetwork
}

/** Asks one client application twice for an app-only token. */
export async function acquireTwice(msal: Msal, settings: MsalSettings): Promise<Acquisition> {
  const { authority, known, oidc, clientId, proof, scope, network } = settings
  const protocolMode = oidc ? 'OIDC' : 'AAD'
  const client = new msal.ConfidentialClientApplication({
    // Up to version 3 the mode stands in `auth`, since then in `system`.
    auth: {
      clientId,
      authority,
      knownAuthorities: known === undefined ? [] : [known],
      protocolMode,
      ...credentialsOf(proof),
    },
    system: { ...(network === undefined ? {} : { networkClient: network }), protocolMode },
  })
  try {
    const first = await client.acquireTokenByClientCredential({ scopes: [scope] })
    const second = await client.acquireTokenByClientCredential({ scopes: [scope] })
    return acquired(first?.accessToken ?? '', second?.accessToken ?? '')
  } catch (error) {
    if (error instanceof Error && 'errorCode' in error) return refused(String(error.errorCode), error.message)
    throw error
  }
}

function credentialsOf(proof: Proof): Credentials {
  switch (proof.kind) {
    case 'secret':
      return { clientSecret: proof.secret }
    case 'certificate':
      return { clientCertificate: { ...thumbprintOf(proof), privateKey: proof.pem } }
    case 'assertion':
      return { clientAssertion: async () => proof.assertion }
  }
}

/** Without colons, which MSAL would take for the end. */
function thumbprintOf({ pem, thumbprint }: CertificateProof) {
  const { fingerprint, fingerprint256 } = new X509Certificate(pem)
  if (thumbprint === 'sha1') return { thumbprint: fingerprint.replaceAll(':', '') }
  return { thumbprintSha256: fingerprint256.replaceAll(':', '') }
}
