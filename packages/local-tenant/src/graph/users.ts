import type { User } from '../directory/users.js'
import { notFound } from './errors.js'
import { entity, type GraphRequest, list } from './request.js'

export const users = {
  list: (request: GraphRequest) => list(request, 'users', 'user', () => request.directory.users.all().map(show)),

  get(request: GraphRequest) {
    const [key] = request.keys
    const name = key?.kind === 'id' ? key.id : (key?.value ?? '')
    const user = request.directory.users.find(name)
    if (user === undefined) throw notFound(name.slice(0, 256))
    return entity(request, 'users', 'user', show(user))
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
