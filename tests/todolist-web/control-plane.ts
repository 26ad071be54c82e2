import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'

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
  function call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const address = `${origin}/_tenantry/tenants/contoso/${path}`
      const sent = request(address, { method, ca, headers: { authorization } }, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('')
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${path}: ${response.statusCode} ${text}`))
      })
      sent.on('error', reject).end(body && JSON.stringify(body))
    })
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
