/** What a client shows for itself. Every client takes it in its own words. */
export type Proof =
  | { readonly kind: 'secret'; readonly secret: string }
  | CertificateProof
  /** A token of an issuer that the tenant's application trusts. */
  | { readonly kind: 'assertion'; readonly assertion: string }

export interface CertificateProof {
  readonly kind: 'certificate'
  /** Private key (PKCS#8) and certificate. */
  readonly pem: string
  /** How a client that leaves the choice to its user names the certificate. */
  readonly thumbprint: Thumbprint
}

type Thumbprint = 'sha1' | 'sha256'

/** A proof as the programs of this folder find it in their environment; `readProof` is the way back. */
export function asEnvironment(proof: Proof): Readonly<Record<string, string>> {
  switch (proof.kind) {
    case 'secret':
      return { CLIENT_SECRET: proof.secret }
    case 'certificate':
      return { CLIENT_CERTIFICATE: proof.pem, THUMBPRINT: proof.thumbprint }
    case 'assertion':
      return { CLIENT_ASSERTION: proof.assertion }
  }
}

/** Throws when there is none. */
export function readProof(environment: NodeJS.ProcessEnv): Proof {
  const {
    CLIENT_SECRET: secret,
    CLIENT_CERTIFICATE: pem,
    CLIENT_ASSERTION: assertion,
    THUMBPRINT: thumbprint,
  } = environment
  if (secret !== undefined) return { kind: 'secret', secret }
  if (pem !== undefined) return { kind: 'certificate', pem, thumbprint: thumbprint === 'sha1' ? 'sha1' : 'sha256' }
  if (assertion !== undefined) return { kind: 'assertion', assertion }
  throw new Error('No proof is set: these programs are started by the tests beside them')
}
