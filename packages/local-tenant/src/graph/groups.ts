import { aroundSql, type Group } from '../directory/groups.js'
import { groupMemberListed } from '../directory/queryable.js'
import { isGuid } from '../guid.js'
import { audit } from './audit.js'
import { denied } from './authorize.js'
import { groupType, objectsOf } from './directory-objects.js'
import { count, created, entity, list, mixed, texts } from './entity.js'
import { badRequest, GraphRefusal, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { readListOptions } from './odata/query.js'
import { boolean, collection, nullable, partial, text, whole } from './properties.js'
import { memberAt, readMember } from './reference.js'
import { type GraphRequest, noContent, replicated } from './request.js'
import { findUser } from './users.js'

/** The writable properties of `group` (graph docs: resources/group), as far as security groups have them. */
const writable = {
  displayName: text,
  description: nullable(text),
  mailNickname: text,
  visibility: nullable(text),
}
const readPatch = partial('group', { ...writable, 'members@odata.bind': collection(text) })
const readNew = whole(
  'group',
  {
    ...writable,
    isAssignableToRole: nullable(boolean),
    mailEnabled: boolean,
    securityEnabled: boolean,
    groupTypes: collection(text),
    'members@odata.bind': collection(text),
    'owners@odata.bind': collection(text),
  },
  {
    description: null,
    visibility: null,
    isAssignableToRole: null,
    groupTypes: [],
    'members@odata.bind': [],
    'owners@odata.bind': [],
  },
)

export const groups = {
  list: (request: GraphRequest) => list(request, groupType),
  count: (request: GraphRequest) => count(request, groupType),
  get: (request: GraphRequest) => entity(request, groupType, findGroup(request)),

  /** Owners are taken and kept nowhere: they decide nothing here. */
  create(request: GraphRequest) {
    const body = readNew(request.json(), '')
    const {
      mailEnabled,
      securityEnabled,
      groupTypes,
      'members@odata.bind': members,
      'owners@odata.bind': _,
      ...input
    } = body
    if (mailEnabled || !securityEnabled || groupTypes.length > 0) {
      throw badRequest(
        'An external tenant has security groups alone: mailEnabled false, securityEnabled true, no groupTypes.',
      )
    }
    const made = request.directory.groups.create(input)
    for (const url of members) request.directory.groups.addMember(made.objectId, memberAt(url, request))
    note(request, 'Add', 'Add group', made)
    return created(request, groupType, made)
  },

  /** Up to twenty members can be added by the way, as documented. */
  update(request: GraphRequest) {
    const group = findGroup(request)
    const { 'members@odata.bind': members = [], ...patch } = readPatch(request.json() ?? {}, '')
    if (members.length > 20) throw badRequest('At most 20 members can be added in one request.')
    for (const url of members) request.directory.groups.addMember(group.objectId, memberAt(url, request))
    note(request, 'Update', 'Update group', request.directory.groups.update(group.objectId, patch))
    return noContent()
  },

  /** Security groups are gone at once: they are no deleted items. */
  remove(request: GraphRequest) {
    const group = findGroup(request)
    request.directory.groups.remove(group.objectId)
    note(request, 'Delete', 'Delete group', group)
    return noContent()
  },

  members: (request: GraphRequest) => membersOf(request, 'group_id = ?'),
  transitiveMembers: (request: GraphRequest) => membersOf(request, transitiveMembers),

  addMember(request: GraphRequest) {
    const group = findGroup(request)
    request.directory.groups.addMember(group.objectId, readMember(request.json(), request))
    note(request, 'Assign', 'Add member to group', group)
    return noContent()
  },

  removeMember(request: GraphRequest) {
    const group = findGroup(request)
    request.directory.groups.removeMember(group.objectId, keyText(request.keys[1]).toLowerCase())
    note(request, 'Unassign', 'Remove member from group', group)
    return noContent()
  },
}

const transitiveMembers = `rowid IN (WITH RECURSIVE within (id) AS (
  SELECT ? UNION SELECT member_id FROM within JOIN group_members ON group_id = within.id
) SELECT min(rowid) FROM group_members JOIN within ON group_id = within.id GROUP BY member_id)`

function membersOf(request: GraphRequest, sql: string) {
  const { objectId } = findGroup(request)
  const options = readListOptions(request.query, anything, request.eventual)
  const { rows, end } = request.directory.listing.page<{ member_id: string }>(groupMemberListed, {
    where: null,
    sorting: [],
    after: options.after,
    limit: options.top,
    scope: { sql, values: [objectId] },
  })
  const select = request.query.get('$select')
  const objects = objectsOf(
    request,
    rows.map(({ member_id }) => member_id),
    select,
  )
  return mixed(request, 'directoryObjects', objects, end === null ? null : options.tokenFor(end))
}

const anything = { name: 'directoryObject', fields: {}, hasProperty: () => false }

/** Whose groups are asked for. */
type Subject = (request: GraphRequest) => string

const ofUser: Subject = (request) => findUser(request).objectId
const ofGroup: Subject = (request) => findGroup(request).objectId
const ofCaller: Subject = ({ caller }) => {
  if (caller.kind === 'user') return caller.objectId
  throw new GraphRefusal(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
}

/** What somebody is a member of, from the member's side. */
export const memberships = { user: routesOf(ofUser), group: routesOf(ofGroup), me: routesOf(ofCaller, mayReadOwn) }

const readFilter = partial('action', { securityEnabledOnly: boolean })
const readIds = partial('action', { groupIds: collection(text) })

function routesOf(subject: Subject, check: (request: GraphRequest) => void = () => {}) {
  const groupsOf = (request: GraphRequest) => {
    check(request)
    return request.directory.groups.around(subject(request))
  }
  return {
    memberOf(request: GraphRequest) {
      check(request)
      const scope = {
        sql: 'object_id IN (SELECT group_id FROM group_members WHERE member_id = ?)',
        values: [subject(request)],
      }
      return list(request, typedGroup, { scope, context: 'directoryObjects' })
    },
    transitiveMemberOf(request: GraphRequest) {
      check(request)
      const scope = { sql: `object_id IN (${aroundSql})`, values: [subject(request)] }
      return list(request, typedGroup, { scope, context: 'directoryObjects' })
    },
    /** What a token with more groups than it can hold refers to. */
    getMemberObjects(request: GraphRequest) {
      readFilter(request.json() ?? {}, '')
      return texts(request, groupsOf(request))
    },
    checkMemberGroups(request: GraphRequest) {
      const { groupIds = [] } = readIds(request.json() ?? {}, '')
      if (groupIds.length > 20) throw badRequest('At most 20 groups can be asked for in one request.')
      const held = groupsOf(request)
      return texts(
        request,
        groupIds.filter((id) => isGuid(id) && held.includes(id.toLowerCase())),
      )
    },
  }
}

/** As it stands among objects of other types: it says what it is. */
const typedGroup: typeof groupType = {
  ...groupType,
  unasked: ['@odata.type', ...Object.keys(groupType.properties)],
  properties: { '@odata.type': () => '#microsoft.graph.group', ...groupType.properties },
}

/** As for `/me` itself, and for groups. */
function mayReadOwn({ caller }: GraphRequest): void {
  const enough = ['User.Read', 'User.Read.All', 'GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All']
  if (caller.kind === 'app' || enough.some((permission) => caller.permissions.has(permission))) return
  throw denied()
}

function note(
  request: GraphRequest,
  operation: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign',
  activity: string,
  group: Group,
): void {
  audit(request, operation, activity, { id: group.objectId, displayName: group.displayName, type: 'Group' })
}

/** The group that the request's path begins with. Throws GraphRefusal when there is none. */
export function findGroup(request: GraphRequest): Group {
  const [key] = request.keys
  if (key?.kind !== 'id') throw badRequest(`A group has no key named '${key?.property ?? ''}'.`)
  const group = replicated(request.directory.groups.find(key.id), request)
  if (group === undefined) throw notFound(keyText(key))
  return group
}
