import { Failure } from '../failure.js'
import type { Session } from '../session.js'
import { callWithToken } from '../token/challenge.js'
import { explainApiRefusal } from './refusal.js'
import { readToDos, type ToDo } from './to-do.js'

const peer = { name: 'the API', setting: 'API_ENDPOINT' }
const maxBytes = 32 * 1024 * 1024

/** All to-dos the API shows to this application. Throws a `Failure` for anything but a valid list. */
export async function getToDos(session: Session): Promise<ToDo[]> {
  const { configuration, transport, correlationId, progress } = session
  const url = configuration.apiEndpoint
  const answer = await callWithToken(session, async (token) => {
    // The only request that carries the token; the transport follows no redirect with it.
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'client-request-id': correlationId }
    progress(`API: asking ${url.origin}${url.pathname}`)
    const answered = await transport.send({ peer, method: 'GET', url, headers, maxBytes })
    progress(`API: answered ${answered.status}`)
    return answered
  })
  if (answer.status !== 200) throw explainApiRefusal(answer, configuration)
  const toDos = readToDos(answer.text)
  if ('problem' in toDos) throw notAList(url, toDos.problem)
  return toDos
}

function notAList(url: URL, why: string): Failure {
  return new Failure('unexpected', {
    what: `the API at ${url.origin} did not send a to-do list`,
    why,
    next: 'check that API_ENDPOINT is the address of the to-do list',
  })
}
