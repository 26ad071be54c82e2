import type { Database } from './database.js'

/** Template ids of roles that are the same in every tenant (entra: role-based-access-control/permissions-reference). */
export const directoryRoleIds = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  applicationAdministrator: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  cloudApplicationAdministrator: '158c047a-c907-4556-b7ef-446551a6b5f7',
  externalIdUserFlowAdministrator: '6e591065-9bad-43ed-90f3-e9424366d2f0',
  externalIdUserFlowAttributeAdministrator: '0f971eea-41eb-4569-a71e-57bb8a3eff1e',
  groupsAdministrator: 'fdd7a751-b60b-444a-984c-02652fe8fa1c',
  privilegedRoleAdministrator: 'e8611ab8-c189-46e8-94e1-60213ab1f814',
  userAdministrator: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
} as const
export type DirectoryRole = keyof typeof directoryRoleIds
export const directoryRoleNames = Object.keys(directoryRoleIds) as readonly DirectoryRole[]

/** Which users hold the roles that administer the tenant. */
export interface DirectoryRoleMembers {
  /** The template ids of the roles of a user: the claim `wids`. */
  of(userId: string): string[]
  add(userId: string, role: DirectoryRole): void
}

export function createDirectoryRoleMembers(db: Database): DirectoryRoleMembers {
  const held = db.query<{ role_template_id: string }>(
    'SELECT role_template_id FROM directory_role_members WHERE user_id = ? ORDER BY rowid',
  )
  const insert = db.query('INSERT OR IGNORE INTO directory_role_members VALUES (?, ?)')
  return {
    of: (userId) => held.all(userId).map((row) => row.role_template_id),
    add: (userId, role) => void insert.run(userId, directoryRoleIds[role]),
  }
}
