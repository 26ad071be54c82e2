/** What the portal looks at of what Graph answers (graph docs: resources/application and those below). */

export interface AppRole {
  readonly id: string
  readonly value: string | null
  readonly displayName: string
  readonly description: string
  readonly isEnabled: boolean
  readonly allowedMemberTypes: readonly string[]
}

export interface PermissionScope {
  readonly id: string
  readonly value: string
  readonly type: 'User' | 'Admin'
  readonly isEnabled: boolean
  readonly adminConsentDisplayName: string
  readonly adminConsentDescription: string
  readonly userConsentDisplayName: string | null
  readonly userConsentDescription: string | null
}

export interface OptionalClaim {
  readonly name: string
  readonly essential: boolean
  readonly source: string | null
  readonly additionalProperties: readonly string[]
}

export type TokenType = 'idToken' | 'accessToken' | 'saml2Token'
export type OptionalClaims = Readonly<Record<TokenType, readonly OptionalClaim[]>>

export interface PasswordCredential {
  readonly keyId: string
  readonly displayName: string | null
  readonly endDateTime: string
  readonly hint: string | null
  readonly secretText: string | null
}

export interface KeyCredential {
  readonly keyId: string
  readonly displayName: string | null
  readonly customKeyIdentifier: string | null
  readonly startDateTime: string
  readonly endDateTime: string
}

export interface RequiredResource {
  readonly resourceAppId: string
  readonly resourceAccess: readonly { readonly id: string; readonly type: 'Role' | 'Scope' }[]
}

export interface Application {
  readonly id: string
  readonly appId: string
  readonly displayName: string
  readonly createdDateTime: string
  readonly signInAudience: string
  readonly groupMembershipClaims: string | null
  readonly identifierUris: readonly string[]
  readonly appRoles: readonly AppRole[]
  readonly api: {
    readonly requestedAccessTokenVersion: 1 | 2 | null
    readonly oauth2PermissionScopes: readonly PermissionScope[]
  }
  readonly optionalClaims: OptionalClaims | null
  readonly passwordCredentials: readonly PasswordCredential[]
  readonly keyCredentials: readonly KeyCredential[]
  readonly requiredResourceAccess: readonly RequiredResource[]
  readonly web: { readonly redirectUris: readonly string[] }
  readonly spa: { readonly redirectUris: readonly string[] }
  readonly publicClient: { readonly redirectUris: readonly string[] }
}

export interface ServicePrincipal {
  readonly id: string
  readonly appId: string
  readonly displayName: string
  readonly createdDateTime: string
  readonly accountEnabled: boolean
  readonly appRoleAssignmentRequired: boolean
  readonly appRoles: readonly AppRole[]
  readonly oauth2PermissionScopes: readonly PermissionScope[]
  readonly servicePrincipalNames: readonly string[]
  readonly tags: readonly string[]
}

export interface AppRoleAssignment {
  readonly id: string
  readonly appRoleId: string
  readonly principalId: string
  readonly principalDisplayName: string
  readonly principalType: string
  readonly resourceId: string
  readonly resourceDisplayName: string
  readonly createdDateTime: string
}

export interface PermissionGrant {
  readonly id: string
  readonly clientId: string
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly resourceId: string
  readonly scope: string
}

export interface User {
  readonly id: string
  readonly displayName: string
  readonly userPrincipalName: string
  readonly accountEnabled: boolean
  readonly createdDateTime: string
}

export interface Group {
  readonly id: string
  readonly displayName: string
  readonly description: string | null
  readonly createdDateTime: string
}

/** What a sign-up may ask for (graph docs: resources/identityuserflowattribute). */
export interface UserFlowAttribute {
  readonly id: string
  readonly displayName: string
  readonly description: string
  readonly userFlowAttributeType: 'builtIn' | 'custom'
  readonly dataType: 'string' | 'boolean' | 'int64'
}

/** How it asks for it. */
export interface AttributeInput {
  readonly attribute: string
  readonly label: string
  readonly inputType: 'text' | 'radioSingleSelect' | 'checkboxMultiSelect' | 'boolean'
  readonly defaultValue: string | null
  readonly hidden: boolean
  readonly editable: boolean
  readonly writeToDirectory: boolean
  readonly required: boolean
  readonly validationRegEx: string | null
  readonly options: readonly { readonly name: string; readonly value: string }[]
}

/** Graph docs: resources/externalusersselfservicesignupeventsflow. */
export interface UserFlow {
  readonly id: string
  readonly displayName: string
  readonly onInteractiveAuthFlowStart: { readonly isSignUpAllowed: boolean }
  readonly onAttributeCollection: {
    readonly attributeCollectionPage: { readonly views: readonly { readonly inputs: readonly AttributeInput[] }[] }
  }
}

export const microsoftGraphAppId = '00000003-0000-0000-c000-000000000000'
