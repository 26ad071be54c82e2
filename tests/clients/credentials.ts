import type { Proof } from './proof.js'
import type { TenantUnderTest } from './tenant-under-test.js'

/** One way in which the daemon proves itself. */
export interface Credential {
  proof(open: TenantUnderTest): Proof
  /** What becomes of it: a token that names the strength of the proof in `azpacr`, or a refusal. */
  readonly leadsTo: { readonly azpacr: '1' | '2' } | { readonly error: string; readonly code: number }
  /** The authority has a part in it, so that it is worth trying at every form. */
  readonly everywhere?: true
}

export type Credentials = Readonly<Record<string, Credential>>

export const secrets = {
  'a secret': {
    proof: ({ daemon }) => ({ kind: 'secret', secret: daemon.clientSecret }),
    leadsTo: { azpacr: '1' },
  },
  'a wrong secret': {
    // With characters that a client has to percent-encode in a form and in HTTP Basic alike.
    proof: ({ daemon }) => ({ kind: 'secret', secret: `${daemon.clientSecret}+%: é` }),
    leadsTo: { error: 'invalid_client', code: 7_000_215 },
  },
} as const satisfies Credentials

export const certificates = {
  'a certificate': {
    proof: ({ daemon }) => ({ kind: 'certificate', pem: daemon.certificate.pem, thumbprint: 'sha256' }),
    leadsTo: { azpacr: '2' },
    // The client makes its assertion out to the token endpoint, and that is made of the authority.
    everywhere: true,
  },
  'a certificate that nobody registered': {
    proof: ({ stranger }) => ({ kind: 'certificate', pem: stranger.certificate.pem, thumbprint: 'sha256' }),
    leadsTo: { error: 'invalid_client', code: 700_027 },
  },
} as const satisfies Credentials

/** For clients whose user says how the certificate is named; with SHA-1 they sign RS256, otherwise PS256. */
export const certificatesBySha1 = {
  'a certificate named by SHA-1': {
    proof: ({ daemon }) => ({ kind: 'certificate', pem: daemon.certificate.pem, thumbprint: 'sha1' }),
    leadsTo: { azpacr: '2' },
  },
} as const satisfies Credentials

/** Federated identity credentials: somebody else's token instead of a secret. */
export const assertions = {
  'a token of an issuer that the daemon trusts': {
    proof: ({ daemon }) => ({ kind: 'assertion', assertion: daemon.assertion }),
    leadsTo: { azpacr: '2' },
  },
  'a token of that issuer for somebody else': {
    proof: ({ stranger }) => ({ kind: 'assertion', assertion: stranger.assertion }),
    leadsTo: { error: 'invalid_client', code: 700_213 },
  },
} as const satisfies Credentials
