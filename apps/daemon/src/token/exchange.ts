import { parseJson } from '../outside-text.js'
import { type Patience, sendPatiently, tenantRetries } from '../transport/retry.js'
import type { Answer, OutgoingRequest, Transport } from '../transport/transport.js'

/** One request to the tenant and how it ended; MSAL replaces both by errors of its own, so they are kept here. */
export type Exchange = { step: Step; url: URL } & (Answered | { error: unknown })

export interface Answered {
  answer: Answer
  /** The parsed body; undefined when it is not JSON. */
  json: unknown
}

type Step = 'discovery' | 'token'

const peer = { name: 'the authority', setting: 'AUTHORITY' }
const maxBytes = 1024 * 1024
const timeoutMs = 15_000

/** Sends one request to the tenant, with repetitions where they help; never rejects. It follows no redirect. */
export async function exchangeWith(
  transport: Transport,
  step: Step,
  request: Pick<OutgoingRequest, 'url' | 'headers'> & Partial<OutgoingRequest>,
  patience: Patience,
): Promise<Exchange> {
  const { url } = request
  const { clock, random, signal } = patience
  try {
    patience.progress(`${step}: asking ${url.origin}${url.pathname}`)
    const { answer } = await sendPatiently(
      () => transport.send({ peer, method: 'GET', ...request, maxBytes, timeoutMs }),
      tenantRetries,
      {
        now: () => clock.now(),
        wait: (ms) => clock.wait(ms, signal),
        random,
        progress: (text) => patience.progress(`${step}: ${text}`),
        timeLeftMs: () => Number.POSITIVE_INFINITY,
      },
    )
    patience.progress(`${step}: answered ${answer.status}`)
    return { step, url, answer, json: parseJson(answer.text) }
  } catch (error) {
    return { step, url, error }
  }
}
