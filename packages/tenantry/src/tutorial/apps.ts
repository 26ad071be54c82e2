import type { DesiredState } from '@tenantry/app-registration'

/** The names that Microsoft's tutorial gives its two applications. */
export const apiName = 'ciam-ToDoList-api'
export const daemonName = 'ciam-client-app'

/** What the tutorial's reader clicks together in the portal: 43 hand actions. */
export const tutorialApps: DesiredState = {
  applications: [
    {
      uniqueName: apiName,
      displayName: apiName,
      identifierUri: 'appId',
      accessTokenVersion: 2,
      optionalAccessTokenClaims: ['idtyp'],
      appRoles: [
        {
          value: 'ToDoList.Read.All',
          displayName: 'ToDoList.Read.All',
          description: "Allow the application to read every user's to-do list",
          allowedMemberTypes: ['Application'],
        },
        {
          value: 'ToDoList.ReadWrite.All',
          displayName: 'ToDoList.ReadWrite.All',
          description: "Allow the application to read and change every user's to-do list",
          allowedMemberTypes: ['Application'],
        },
      ],
      delegatedScopes: [
        {
          value: 'ToDoList.Read',
          adminConsentDisplayName: "Read the user's to-do list",
          adminConsentDescription: "Allow the application to read the signed-in user's to-do list",
        },
        {
          value: 'ToDoList.ReadWrite',
          adminConsentDisplayName: "Read and change the user's to-do list",
          adminConsentDescription: "Allow the application to read and change the signed-in user's to-do list",
        },
      ],
    },
    {
      uniqueName: daemonName,
      displayName: daemonName,
      permissions: [{ application: apiName, appRoles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'], consent: true }],
      secret: { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 },
    },
  ],
}
