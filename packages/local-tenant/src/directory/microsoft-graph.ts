import type { AppRole } from './application-properties.js'
import type { ForeignApplication } from './service-principals.js'

export const microsoftGraphAppId = '00000003-0000-0000-c000-000000000000'

/** The permissions of Microsoft Graph that this tenant's Graph asks for, with the ids they have everywhere. */
const graphRoles = {
  'Application.ReadWrite.All': '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9',
  'Application.Read.All': '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
  'AppRoleAssignment.ReadWrite.All': '06b708a9-e830-4db3-a914-8e69da51d44f',
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
  'Organization.Read.All': '498476ce-e0fe-48b0-b801-37ba7e2685c6',
} as const

export type GraphPermission = keyof typeof graphRoles

export function graphRoleId(permission: GraphPermission): string {
  return graphRoles[permission]
}

/** Microsoft Graph as every tenant knows it: a service principal whose application lives elsewhere. */
export const microsoftGraph: ForeignApplication = {
  displayName: 'Microsoft Graph',
  servicePrincipalNames: [microsoftGraphAppId, 'https://graph.microsoft.com', 'https://graph.microsoft.com/'],
  appRoles: Object.entries(graphRoles).map(
    ([value, id]): AppRole => ({
      id,
      value,
      displayName: value,
      description: `Microsoft Graph: ${value}`,
      isEnabled: true,
      allowedMemberTypes: ['Application'],
    }),
  ),
  oauth2PermissionScopes: [],
}
