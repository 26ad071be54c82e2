import { badRequest } from './errors.js'
import { text, whole } from './properties.js'
import type { GraphRequest } from './request.js'

const readBody = whole('reference', { '@odata.id': text }, {})

/** As a whole URL or from any version on, with the key as a segment or in parentheses. */
const form =
  /(?:^|\/)(?:directoryObjects|users|servicePrincipals)(?:\/|\(')([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:'\))?$/i

/** The same of a group. */
const groupForm = new RegExp(form.source.replace('users', 'groups'), 'i')

/** The id of the user or service principal that `{ "@odata.id": url }` refers to. Throws GraphRefusal. */
export function readReference(body: unknown, request: GraphRequest): string {
  return referenceTo(readBody(body, '')['@odata.id'], request)
}

/** The same of what can be a member of a group, which a group can be too. */
export function readMember(body: unknown, request: GraphRequest): string {
  return memberAt(readBody(body, '')['@odata.id'], request)
}

/** The id of one in `members@odata.bind`. Throws GraphRefusal. */
export function memberAt(url: string, request: GraphRequest): string {
  const id = (groupForm.exec(url) ?? form.exec(url))?.[1]?.toLowerCase()
  return id !== undefined && request.directory.groups.find(id) !== undefined ? id : referenceTo(url, request)
}

/** The ids in `owners@odata.bind`. Throws GraphRefusal. */
export function referenceTo(url: string, { directory }: GraphRequest): string {
  const id = form.exec(url)?.[1]?.toLowerCase()
  if (id === undefined) throw badRequest('Invalid URL format specified in @odata.id.')
  const exists = directory.users.find(id) ?? directory.servicePrincipals.find({ objectId: id })
  if (exists === undefined) {
    throw badRequest(
      `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    )
  }
  return id
}
