/** A mail that a real tenant would have sent. */
export interface Mail {
  /** By the tenant's clock. ISO 8601. */
  readonly time: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The one-time code in the text, where there is one. */
  readonly code: string | null
}

/** The newest hundred mails to the users, in place of their mailboxes. Kept in memory only. */
export interface Outbox {
  /** Newest first. */
  list(): Mail[]
  clear(): void
}

export interface Sender extends Outbox {
  send(mail: Omit<Mail, 'time'>): void
}

const capacity = 100

export function createOutbox(now: () => Date): Sender {
  let mails: Mail[] = []
  return {
    list: () => [...mails],
    clear() {
      mails = []
    },
    send(mail) {
      mails = [{ time: now().toISOString(), ...mail }, ...mails].slice(0, capacity)
    },
  }
}
