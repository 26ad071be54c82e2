/** Where secret values go. The only place they go. */
export interface SecretStore {
  read(uniqueName: string): Promise<StoredSecret | undefined>
  /** Has to be durable when the promise resolves: the value cannot be read from Graph again. */
  write(uniqueName: string, secret: StoredSecret): Promise<void>
  /** Where the keys of generated certificates go. A declaration that asks for one is refused without it. */
  readonly certificates?: CertificateStore
}

export interface CertificateStore {
  read(uniqueName: string): Promise<StoredCertificate | undefined>
  /** Has to be durable when the promise resolves: the certificate is registered only after that. */
  write(uniqueName: string, certificate: StoredCertificate): Promise<void>
}

export interface StoredSecret {
  readonly keyId: string
  readonly value: string
  /** ISO 8601, UTC. */
  readonly endDateTime: string
  /** Predecessors that programs may still run with, until their time has come. */
  readonly retiring?: readonly Retiring[]
}

export interface StoredCertificate {
  readonly keyId: string
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly privateKey: string
  /** ISO 8601, UTC. */
  readonly endDateTime: string
  readonly retiring?: readonly Retiring[]
}

export interface Retiring {
  readonly keyId: string
  /** ISO 8601, UTC: from then on it is removed by the next run. */
  readonly after: string
}
