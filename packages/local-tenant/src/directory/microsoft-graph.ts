import type { AppRole, PermissionScope } from './application-properties.js'
import type { ForeignApplication } from './service-principals.js'

export const microsoftGraphAppId = '00000003-0000-0000-c000-000000000000'

/** The application permissions of Microsoft Graph that this tenant's Graph knows, with the ids they have everywhere. */
const graphRoles = {
  'Application.ReadWrite.All': '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9',
  'Application.Read.All': '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
  'Application.ReadWrite.OwnedBy': '18a4783c-866b-4cc7-a460-3d5e5662c884',
  'AppRoleAssignment.ReadWrite.All': '06b708a9-e830-4db3-a914-8e69da51d44f',
  'AuditLog.Read.All': 'b0afded3-3588-46d8-8b3d-9842eff778da',
  'DelegatedPermissionGrant.ReadWrite.All': '8e8e4742-1d95-4f68-9d56-6ee75648c72a',
  'Directory.Read.All': '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
  'Directory.ReadWrite.All': '19dbc75e-c2e2-444c-a770-ec69d8559fc7',
  'Domain.Read.All': 'dbb9058a-0e50-45d7-ae91-66909b5d4664',
  'EventListener.Read.All': 'b7f6385c-6ce6-4639-a480-e23c42ed9784',
  'EventListener.ReadWrite.All': '0edf5e9e-4ce8-468a-8432-d08631d18c43',
  'Group.Read.All': '5b567255-7703-4780-807c-7be8301ae99b',
  'Group.ReadWrite.All': '62a82d76-70ea-41e2-9197-370581804d09',
  'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
  'GroupMember.ReadWrite.All': 'dbaae8cf-10b5-4b86-a4a1-f871c94c6695',
  'IdentityUserFlow.Read.All': '1b0c317f-dd31-4305-9932-259a8b6e8099',
  'IdentityUserFlow.ReadWrite.All': '65319a09-a2be-469d-8782-f6b07debf789',
  'Organization.Read.All': '498476ce-e0fe-48b0-b801-37ba7e2685c6',
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
  'User.ReadWrite.All': '741f803b-c850-494e-b5df-cde7c675a1ca',
} as const

/** The delegated ones: `User` may be consented to by users, `Admin` by administrators only. */
const graphScopes = {
  email: ['64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0', 'User'],
  offline_access: ['7427e0e9-2fba-42fe-b0c0-848c9e6a8182', 'User'],
  openid: ['37f7f235-527c-4136-accd-4a02d197296e', 'User'],
  profile: ['14dad69e-099b-42c9-810b-d002981feec1', 'User'],
  'User.Read': ['e1fe6dd8-ba31-4d61-89e7-88639da4683d', 'User'],
  'Application.Read.All': ['c79f8feb-a9db-4090-85f9-90d820caa0eb', 'Admin'],
  'Application.ReadWrite.All': ['bdfbf15f-ee85-4955-8675-146e8e5296b5', 'Admin'],
  'AppRoleAssignment.ReadWrite.All': ['84bccea3-f856-4a8a-967b-dbe0a3d53a64', 'Admin'],
  'AuditLog.Read.All': ['e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20', 'Admin'],
  'DelegatedPermissionGrant.ReadWrite.All': ['41ce6ca6-6826-4807-84f1-1c82854f7ee5', 'Admin'],
  'Directory.Read.All': ['06da0dbc-49e2-44d2-8312-53f166ab848a', 'Admin'],
  'Directory.ReadWrite.All': ['c5366453-9fb0-48a5-a156-24f0c49a4b84', 'Admin'],
  'Domain.Read.All': ['2f9ee017-59c1-4f1d-9472-bd5529a7b311', 'Admin'],
  'EventListener.Read.All': ['f7dd3bed-5eec-48da-bc73-1c0ef50bc9a1', 'Admin'],
  'EventListener.ReadWrite.All': ['d11625a6-fe21-4fc6-8d3d-063eba5525ad', 'Admin'],
  'Group.Read.All': ['5f8c59db-677d-491f-a6b8-5f174b11ec1d', 'Admin'],
  'Group.ReadWrite.All': ['4e46008b-f24c-477d-8fff-7bb4ec7aafe0', 'Admin'],
  'GroupMember.Read.All': ['bc024368-1153-4739-b217-4326f2e966d0', 'Admin'],
  'GroupMember.ReadWrite.All': ['f81125ac-d3b7-4573-a3b2-7099cc39df9e', 'Admin'],
  'IdentityUserFlow.Read.All': ['2903d63d-4611-4d43-99ce-a33f3f52e343', 'Admin'],
  'IdentityUserFlow.ReadWrite.All': ['281892cc-4dbf-4e3a-b6cc-b21029bb4e82', 'Admin'],
  'Organization.Read.All': ['4908d5b9-3fb2-4b1e-9336-1888b7937185', 'Admin'],
  'User.Read.All': ['a154be20-db9c-4678-8ab7-66f6cc099a59', 'Admin'],
  'User.ReadWrite.All': ['204e0828-b5ca-4ad8-b9f3-f32a958e7cc4', 'Admin'],
} as const

export type GraphRole = keyof typeof graphRoles
export type GraphPermission = GraphRole | keyof typeof graphScopes

export function graphRoleId(permission: GraphRole): string {
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
  oauth2PermissionScopes: Object.entries(graphScopes).map(
    ([value, [id, type]]): PermissionScope => ({
      id,
      value,
      type,
      isEnabled: true,
      adminConsentDisplayName: value,
      adminConsentDescription: `Microsoft Graph: ${value}`,
      userConsentDisplayName: type === 'User' ? value : null,
      userConsentDescription: type === 'User' ? `Microsoft Graph: ${value}` : null,
    }),
  ),
}
