import type { NodeAuthOptions } from '@azure/msal-node'
import type { ExitName } from '../exit-codes.js'
import type { CredentialSource } from './credential-source.js'

/** What proves that the daemon is who it says, ready for MSAL. */
export interface Credential {
  kind: CredentialSource['kind']
  /** What and where from, for people: nothing in it is secret. */
  label: string
  /** Differs whenever the material does; says nothing about it. */
  fingerprint: string
  forMsal: Pick<NodeAuthOptions, 'clientSecret' | 'clientCertificate' | 'clientAssertion'>
  /** Milliseconds since 1970; undefined when the material does not say. */
  expiresAt: number | undefined
}

/** Why a source gives no usable credential: a sentence without a secret, and the exit code it deserves. */
export class Unusable extends Error {
  readonly exit: ExitName

  constructor(exit: ExitName, why: string) {
    super(why)
    this.exit = exit
  }
}
