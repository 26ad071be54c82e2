import type { User } from '../directory/users.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata.js'
import { entity, type GraphRequest, list } from './request.js'

export const users = {
  list: (request: GraphRequest) => list(request, 'users', 'user', () => request.directory.users.all().map(show)),

  get(request: GraphRequest) {
    const [key] = request.keys
    if (key === undefined || (key.kind === 'alternate' && key.property !== 'userPrincipalName')) {
      throw badRequest(`A user has no key named '${key?.property ?? ''}'.`)
    }
    const user = request.directory.users.find(key.kind === 'id' ? key.id : key.value)
    if (user === undefined) throw notFound(keyText(key))
    return entity(request, 'users/$entity', 'user', show(user))
  },
}

/** What a user looks like when no `$select` asks for more (graph docs: resources/user). */
function show(user: User): Record<string, unknown> {
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: user.givenName,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: user.surname,
    userPrincipalName: user.userPrincipalName,
    id: user.objectId,
  }
}
