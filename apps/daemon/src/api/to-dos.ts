import { Failure } from '../failure.js'
import type { Session } from '../session.js'
import type { Answer } from '../transport/transport.js'
import { callApi } from './call-api.js'
import { nextPage } from './next-page.js'
import { explainApiRefusal } from './refusal.js'
import { readToDo, readToDos, type ToDo } from './to-do.js'

export interface ListFilter {
  /** GUID of the user whose to-dos are wanted. */
  owner?: string | undefined
  /** A text that the description must have in it. */
  contains?: string | undefined
  /** How many to-dos an answer may have, 1 to 100; undefined asks for all in one. */
  pageSize?: number | undefined
}

/** The to-dos the API shows to this application, one answer at a time. Throws a `Failure` for anything but valid lists. */
export async function* pagesOfToDos(session: Session, filter: ListFilter = {}): AsyncGenerator<ToDo[]> {
  for await (const { toDos } of datedPagesOfToDos(session, filter)) yield toDos
}

/** The same, each answer with the time that the API says it is: milliseconds since 1970, NaN where it does not say. */
export async function* datedPagesOfToDos(
  session: Session,
  filter: ListFilter,
): AsyncGenerator<{ toDos: ToDo[]; date: number }> {
  let url: URL | undefined = listAddress(session.configuration.apiEndpoint, filter)
  while (url) {
    const { answer } = await callApi(session, { method: 'GET', url })
    if (answer.status !== 200) throw explainApiRefusal(answer, session.configuration, url)
    const toDos = readToDos(answer.text)
    if ('problem' in toDos) throw notAToDo(url, 'a to-do list', toDos.problem)
    yield { toDos, date: Date.parse(answer.headers.date ?? '') }
    url = nextPage(answer, url)
  }
}

/** One to-do, and the ETag of its present state if the API gives one. */
export async function fetchToDo(session: Session, id: number): Promise<{ toDo: ToDo; etag: string | undefined }> {
  const url = itemAddress(session, id)
  const { answer } = await callApi(session, { method: 'GET', url })
  return { toDo: readOne(session, url, answer, 200), etag: answer.headers.etag }
}

/** Makes a to-do. The same key twice makes it once (within the time the API keeps keys). */
export async function makeToDo(
  session: Session,
  toDo: { description: string; owner: string | undefined },
  idempotencyKey: string,
): Promise<ToDo> {
  const url = session.configuration.apiEndpoint
  const { answer } = await callApi(session, { method: 'POST', url, body: toDo, idempotencyKey })
  return readOne(session, url, answer, 201)
}

/** Changes the description, unless the to-do has changed since `etag` was read: then a `conflict` failure. */
export async function describeToDo(
  session: Session,
  id: number,
  { description, etag }: { description: string; etag: string | undefined },
): Promise<ToDo> {
  const url = itemAddress(session, id)
  const { answer } = await callApi(session, { method: 'PUT', url, headers: ifMatch(etag), body: { description } })
  return readOne(session, url, answer, 200)
}

/** Deletes the to-do, unless it has changed since `etag` was read: then a `conflict` failure. */
export async function removeToDo(session: Session, id: number, etag: string | undefined): Promise<void> {
  const url = itemAddress(session, id)
  const { answer, repeated } = await callApi(session, { method: 'DELETE', url, headers: ifMatch(etag) })
  // An attempt whose answer was lost may have deleted it already.
  if (answer.status === 404 && repeated) return
  if (answer.status !== 200 && answer.status !== 204) throw explainApiRefusal(answer, session.configuration, url)
}

function listAddress(endpoint: URL, { owner, contains, pageSize }: ListFilter): URL {
  const url = new URL(endpoint)
  if (pageSize !== undefined) url.searchParams.set('limit', String(pageSize))
  if (owner !== undefined) url.searchParams.set('owner', owner)
  if (contains !== undefined) url.searchParams.set('q', contains)
  return url
}

function itemAddress({ configuration }: Session, id: number): URL {
  const url = new URL(configuration.apiEndpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${id}`
  return url
}

function ifMatch(etag: string | undefined): Record<string, string> {
  return etag === undefined ? {} : { 'if-match': etag }
}

function readOne({ configuration }: Session, url: URL, answer: Answer, expected: number): ToDo {
  if (answer.status !== expected) throw explainApiRefusal(answer, configuration, url)
  const toDo = readToDo(answer.text)
  if (toDo === undefined) throw notAToDo(url, 'a to-do', 'its answer is something else')
  return toDo
}

function notAToDo({ origin }: URL, expected: string, why: string): Failure {
  return new Failure('unexpected', {
    what: `the API at ${origin} did not send ${expected}`,
    why,
    next: 'check that API_ENDPOINT is the address of the to-do list',
  })
}
