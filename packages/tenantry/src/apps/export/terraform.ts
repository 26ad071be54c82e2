import { type DesiredState, idOf } from '@tenantry/app-registration'
import { rolesOf, scopesOf } from './body.js'
import { oneLine } from './one-line.js'

type Application = DesiredState['applications'][number]
type Declared = (uniqueName: string) => Application | undefined

/** A configuration for the azuread provider of Terraform. Its state file will hold the value of each secret. */
export function terraform({ applications }: DesiredState): string {
  const names = new Map(applications.map(({ uniqueName }, index) => [uniqueName, `app${index + 1}`]))
  const of = (uniqueName: string) => names.get(uniqueName) ?? uniqueName
  const declared: Declared = (uniqueName) => applications.find((one) => one.uniqueName === uniqueName)
  return [
    '# Applications of a declaration, for the azuread provider.',
    'terraform {',
    '  required_providers {',
    '    azuread = { source = "hashicorp/azuread" }',
    '  }',
    '}',
    '',
    ...applications.flatMap((application) => resources(application, of(application.uniqueName), of, declared)),
  ].join('\n')
}

function resources(
  application: Application,
  own: string,
  of: (uniqueName: string) => string,
  declared: Declared,
): string[] {
  const { permissions = [], preAuthorizedApplications = [] } = application
  return [
    `# ${oneLine(application.uniqueName)}${application.appId === undefined ? '' : ` (exists as ${application.appId}: terraform import azuread_application.${own} first)`}`,
    block(`resource "azuread_application" "${own}"`, applicationLines(application, of, declared)),
    ...identifierUri(application, own),
    block(`resource "azuread_service_principal" "${own}"`, [`client_id = azuread_application.${own}.client_id`]),
    ...credentials(application, own),
    ...preAuthorizedApplications.map(({ application: client, delegatedScopes }) =>
      block(`resource "azuread_application_pre_authorized" "${own}_${of(client)}"`, [
        `application_id       = azuread_application.${own}.id`,
        `authorized_client_id = azuread_application.${of(client)}.client_id`,
        `permission_ids       = ${list(delegatedScopes.map((value) => idOf(application, value)))}`,
      ]),
    ),
    ...permissions.filter(({ consent }) => consent).flatMap((permission) => grants(permission, own, of, declared)),
  ]
}

function applicationLines(application: Application, of: (uniqueName: string) => string, declared: Declared): string[] {
  const { displayName, accessTokenVersion = 2, redirectUris = {}, optionalAccessTokenClaims = [] } = application
  const { web = [], spa = [], publicClient = [] } = redirectUris
  const uris = (name: string, all: readonly string[]) =>
    all.length === 0 ? [] : [inner(name, [`redirect_uris = ${list(all)}`])]
  return [
    `display_name     = ${text(displayName)}`,
    'sign_in_audience = "AzureADMyOrg"',
    inner('api', [
      `requested_access_token_version = ${accessTokenVersion}`,
      ...scopesOf(application).map((scope) =>
        inner('oauth2_permission_scope', [
          `id                         = ${text(scope.id)}`,
          `value                      = ${text(scope.value)}`,
          `type                       = ${text(scope.type)}`,
          `admin_consent_display_name = ${text(scope.adminConsentDisplayName)}`,
          `admin_consent_description  = ${text(scope.adminConsentDescription)}`,
          ...(scope.userConsentDisplayName === undefined
            ? []
            : [`user_consent_display_name  = ${text(scope.userConsentDisplayName)}`]),
          ...(scope.userConsentDescription === undefined
            ? []
            : [`user_consent_description   = ${text(scope.userConsentDescription)}`]),
        ]),
      ),
    ]),
    ...rolesOf(application).map((role) =>
      inner('app_role', [
        `id                   = ${text(role.id)}`,
        `value                = ${text(role.value)}`,
        `display_name         = ${text(role.displayName)}`,
        `description          = ${text(role.description)}`,
        `allowed_member_types = ${list(role.allowedMemberTypes)}`,
      ]),
    ),
    ...(optionalAccessTokenClaims.length === 0
      ? []
      : [
          inner(
            'optional_claims',
            optionalAccessTokenClaims.map((name) => inner('access_token', [`name = ${text(name)}`])),
          ),
        ]),
    ...(application.permissions ?? []).map((permission) => requiredAccess(permission, of, declared)),
    ...uris('web', web),
    ...uris('single_page_application', spa),
    ...uris('public_client', publicClient),
    ...(application.identifierUri === undefined && (application.preAuthorizedApplications ?? []).length === 0
      ? []
      : [inner('lifecycle', ['ignore_changes = [identifier_uris]'])]),
  ]
}

type Permission = NonNullable<Application['permissions']>[number]

function requiredAccess(
  { application: api, appRoles = [], delegatedScopes = [] }: Permission,
  of: (uniqueName: string) => string,
  declared: Declared,
): string {
  const access = (type: string) => (value: string) =>
    inner('resource_access', [`id   = ${text(permissionOf(declared(api), value))}`, `type = "${type}"`])
  return inner('required_resource_access', [
    `resource_app_id = azuread_application.${of(api)}.client_id`,
    ...appRoles.map(access('Role')),
    ...delegatedScopes.map(access('Scope')),
  ])
}

function identifierUri({ identifierUri: uri }: Application, own: string): string[] {
  if (uri === undefined) return []
  const value = uri === 'appId' ? `"api://\${azuread_application.${own}.client_id}"` : text(uri)
  return [
    block(`resource "azuread_application_identifier_uri" "${own}"`, [
      `application_id = azuread_application.${own}.id`,
      `identifier_uri = ${value}`,
    ]),
  ]
}

function credentials({ secret, certificate, federatedCredentials = [] }: Application, own: string): string[] {
  const id = `application_id = azuread_application.${own}.id`
  return [
    ...(secret === undefined
      ? []
      : [
          block(`resource "azuread_application_password" "${own}"`, [
            id,
            `display_name      = ${text(secret.displayName)}`,
            `end_date_relative = "${secret.lifetimeDays * 24}h"`,
          ]),
        ]),
    ...(certificate === undefined
      ? []
      : 'pem' in certificate
        ? [
            block(`resource "azuread_application_certificate" "${own}"`, [
              id,
              'type  = "AsymmetricX509Cert"',
              `value = ${text(certificate.pem)}`,
            ]),
          ]
        : [
            `# Make the certificate ${text(certificate.displayName)} by other means: its key would stand in the state.\n`,
          ]),
    ...federatedCredentials.map(({ name, issuer, subject, description, audience }, index) =>
      block(`resource "azuread_application_federated_identity_credential" "${own}_${index + 1}"`, [
        id,
        `display_name = ${text(name)}`,
        `issuer       = ${text(issuer)}`,
        `subject      = ${text(subject)}`,
        `audiences    = ${list([audience ?? 'api://AzureADTokenExchange'])}`,
        ...(description === undefined ? [] : [`description  = ${text(description)}`]),
      ]),
    ),
  ]
}

function grants(
  { application: api, appRoles = [], delegatedScopes = [] }: Permission,
  own: string,
  of: (uniqueName: string) => string,
  declared: Declared,
): string[] {
  return [
    ...appRoles.map((value, index) =>
      block(`resource "azuread_app_role_assignment" "${own}_${of(api)}_${index + 1}"`, [
        `app_role_id         = ${text(permissionOf(declared(api), value))}`,
        `principal_object_id = azuread_service_principal.${own}.object_id`,
        `resource_object_id  = azuread_service_principal.${of(api)}.object_id`,
      ]),
    ),
    ...(delegatedScopes.length === 0
      ? []
      : [
          block(`resource "azuread_service_principal_delegated_permission_grant" "${own}_${of(api)}"`, [
            `service_principal_object_id          = azuread_service_principal.${own}.object_id`,
            `resource_service_principal_object_id = azuread_service_principal.${of(api)}.object_id`,
            `claim_values                         = ${list(delegatedScopes)}`,
          ]),
        ]),
  ]
}

function permissionOf(api: Application | undefined, value: string): string {
  return api === undefined ? '' : idOf(api, value)
}

function block(head: string, lines: readonly string[]): string {
  return `${inner(head, lines)}\n`
}

function inner(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}\n`).join('')}}`
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`
}

/** A text of HCL: JSON's, with the two sequences escaped that HCL would fill in. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign)
}
