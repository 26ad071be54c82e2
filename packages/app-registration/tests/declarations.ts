import type { DesiredApplication, DesiredState } from '../src/desired-state.js'

export const api: DesiredApplication = {
  uniqueName: 'ciam-ToDoList-api',
  displayName: 'ciam-ToDoList-api',
  identifierUri: 'appId',
  accessTokenVersion: 2,
  appRoles: [
    {
      value: 'ToDoList.Read.All',
      displayName: 'ToDoList.Read.All',
      description: 'Read the to-do list of everybody',
      allowedMemberTypes: ['Application'],
    },
    {
      value: 'ToDoList.ReadWrite.All',
      displayName: 'ToDoList.ReadWrite.All',
      description: 'Read and change the to-do list of everybody',
      allowedMemberTypes: ['Application'],
    },
  ],
  delegatedScopes: [
    {
      value: 'ToDoList.Read',
      adminConsentDisplayName: 'Read the to-do list',
      adminConsentDescription: 'Read the to-do list of the signed-in user',
    },
    {
      value: 'ToDoList.ReadWrite',
      adminConsentDisplayName: 'Read and change the to-do list',
      adminConsentDescription: 'Read and change the to-do list of the signed-in user',
    },
  ],
  optionalAccessTokenClaims: ['idtyp'],
}

export const daemon: DesiredApplication = {
  uniqueName: 'ciam-client-app',
  displayName: 'ciam-client-app',
  permissions: [
    { application: 'ciam-ToDoList-api', appRoles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'], consent: true },
  ],
  secret: { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 },
}

export const tutorial: DesiredState = { applications: [api, daemon] }
