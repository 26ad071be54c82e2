/** Where secret values go. The only place they go. */
export interface SecretStore {
  read(uniqueName: string): Promise<StoredSecret | undefined>
  /** Has to be durable when the promise resolves: the value cannot be read from Graph again. */
  write(uniqueName: string, secret: StoredSecret): Promise<void>
}

export interface StoredSecret {
  readonly keyId: string
  readonly value: string
  /** ISO 8601, UTC. */
  readonly endDateTime: string
}
