import type { INetworkModule, NetworkResponse } from '@azure/msal-node'
import { Failure } from '../failure.js'
import { parseJson } from '../outside-text.js'
import type { Answer, OutgoingRequest, Transport } from '../transport.js'

/** One request of MSAL's and how it ended; MSAL replaces both by errors of its own, so they are kept here. */
export type Exchange = { step: Step; url: URL } & (Answered | { error: unknown })

export interface Answered {
  answer: Answer
  /** The parsed body; undefined when it is not JSON. */
  json: unknown
}

export interface RecordedNetwork {
  client: INetworkModule
  last(): Exchange | undefined
}

type Step = 'discovery' | 'token'

const peer = { name: 'the authority', setting: 'AUTHORITY' }
const maxBytes = 1024 * 1024

/** MSAL's network client on our transport. It follows no redirect and sends nothing to an address that is not https. */
export function recordExchanges({
  transport,
  progress,
}: {
  transport: Transport
  progress: (text: string) => void
}): RecordedNetwork {
  let last: Exchange | undefined
  const send = async <T>(step: Step, url: URL, request: Partial<OutgoingRequest>): Promise<NetworkResponse<T>> => {
    try {
      refuseHttp(url)
      progress(`${step}: asking ${url.origin}${url.pathname}`)
      const answer = await transport.send({ peer, method: 'GET', headers: {}, ...request, url, maxBytes })
      progress(`${step}: answered ${answer.status}`)
      last = { step, url, answer, json: parseJson(answer.text) }
    } catch (error) {
      last = { step, url, error }
      throw error
    }
    return forMsal(last.answer, last.json)
  }
  return {
    client: {
      sendGetRequestAsync: (url, options) => send('discovery', new URL(url), { headers: options?.headers ?? {} }),
      sendPostRequestAsync: (url, options) =>
        send('token', new URL(url), { method: 'POST', headers: options?.headers ?? {}, body: options?.body ?? '' }),
    },
    last: () => last,
  }
}

// The token endpoint comes out of the discovery document, and what goes there is the secret.
function refuseHttp(url: URL): void {
  if (url.protocol === 'https:') return
  throw new Failure('configuration', {
    what: 'refused to send the client secret',
    why: `the discovery document of the authority names ${url.origin}, which is not https`,
    next: 'check that AUTHORITY is the right address',
  })
}

function forMsal<T>({ status, headers }: Answer, json: unknown): NetworkResponse<T> {
  if (typeof json !== 'object' || json === null) throw new Error('the answer is not a JSON object')
  return { status, headers: singleValued(headers), body: json as T }
}

function singleValued(headers: Answer['headers']): Record<string, string> {
  const single: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) single[name] = String(value)
  return single
}
