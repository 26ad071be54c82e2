import { randomInt, timingSafeEqual } from 'node:crypto'

/** What a code that came by mail is good for. */
export type CodePurpose = 'sign-in' | 'sign-up' | 'reset'

export interface EmailCodes {
  /** A new code for an address; the one before is void. */
  add(purpose: CodePurpose, address: string): string
  /** Whether it is the code that was sent there. Five wrong ones void it. */
  check(purpose: CodePurpose, address: string, code: string): 'right' | 'wrong' | 'expired'
  /** Voids a code that was used. */
  remove(purpose: CodePurpose, address: string): void
}

/** Milliseconds. */
const lifetime = 600_000
const maxTries = 5
const capacity = 10_000

export function createEmailCodes(now: () => Date): EmailCodes {
  const sent = new Map<string, { code: string; expires: number; tries: number }>()
  const keyOf = (purpose: CodePurpose, address: string) => `${purpose} ${address.toLowerCase()}`
  return {
    add(purpose, address) {
      const [oldest] = sent.keys()
      if (sent.size >= capacity && oldest !== undefined) sent.delete(oldest)
      const code = String(randomInt(100_000_000)).padStart(8, '0')
      sent.set(keyOf(purpose, address), { code, expires: now().getTime() + lifetime, tries: 0 })
      return code
    },
    check(purpose, address, code) {
      const entry = sent.get(keyOf(purpose, address))
      if (entry === undefined) return 'wrong'
      if (now().getTime() >= entry.expires) return 'expired'
      const [typed, wanted] = [Buffer.from(code.replaceAll(/\s/g, '')), Buffer.from(entry.code)]
      const isRight = typed.length === wanted.length && timingSafeEqual(typed, wanted)
      if (isRight && entry.tries < maxTries) return 'right'
      entry.tries += 1
      return 'wrong'
    },
    remove: (purpose, address) => void sent.delete(keyOf(purpose, address)),
  }
}
