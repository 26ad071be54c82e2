import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What a test does to the tenant contoso that runs in another process over this data folder. */
export interface ControlPlane {
  /** The code in the newest mail to this address. */
  mailbox(address: string): Promise<string>
  /** For instance `{ advance: { minutes: 11 } }`, `{ release: true }`. */
  clock(change: object): Promise<void>
}

export function controlPlane(data: string, origin: string): ControlPlane {
  const authorization = `Bearer ${readFileSync(join(data, 'control.key'), 'utf8').trim()}`
  const ca = readFileSync(join(data, 'ca.pem'))
  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const address = `${origin}/_tenantry/tenants/contoso/${path}`
    const sent = request(address, { method, ca, headers: { authorization } })
    sent.end(body && JSON.stringify(body))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const answer = await text(response)
    if (response.statusCode === 200) return JSON.parse(answer)
    throw new Error(`${path}: ${response.statusCode} ${answer}`)
  }
  return {
    async mailbox(address) {
      const mails = (await call('GET', 'outbox')) as { to: string; code: string | null }[]
      const code = mails.find(({ to }) => to === address)?.code
      if (code) return code
      throw new Error(`There is no code for ${address}.`)
    },
    async clock(change) {
      await call('POST', 'clock', change)
    },
  }
}
