import type { CertificateStore, SecretStore, StoredCertificate, StoredSecret } from '../src/secrets.js'

/** Secrets and certificates in memory. */
export class MemoryStore implements SecretStore {
  readonly kept = new Map<string, StoredSecret>()
  readonly keptCertificates = new Map<string, StoredCertificate>()
  read = async (uniqueName: string): Promise<StoredSecret | undefined> => this.kept.get(uniqueName)
  write = async (uniqueName: string, secret: StoredSecret): Promise<void> => {
    this.kept.set(uniqueName, secret)
  }
  readonly certificates: CertificateStore = {
    read: async (uniqueName) => this.keptCertificates.get(uniqueName),
    write: async (uniqueName, certificate) => {
      this.keptCertificates.set(uniqueName, certificate)
    },
  }
}
