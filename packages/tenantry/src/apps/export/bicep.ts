import { type DesiredState, idOf } from '@tenantry/app-registration'
import { applicationBody } from './body.js'

type Application = DesiredState['applications'][number]

/** A template for the Microsoft Graph extension of Bicep, which can set neither passwords nor make keys. */
export function bicep({ applications }: DesiredState): string {
  const names = new Map(applications.map(({ uniqueName }, index) => [uniqueName, `app${index + 1}`]))
  const of = (uniqueName: string) => names.get(uniqueName) ?? uniqueName
  const declared = (uniqueName: string) => applications.find((application) => application.uniqueName === uniqueName)
  return [
    '// Applications of a declaration, for the Microsoft Graph Bicep extension (see its page for bicepconfig.json).',
    'extension microsoftGraphV1',
    '',
    ...applications.flatMap((application) => resources(application, of, declared)),
  ].join('\n')
}

function resources(
  application: Application,
  of: (uniqueName: string) => string,
  declared: (uniqueName: string) => Application | undefined,
): string[] {
  const { uniqueName, permissions = [], secret, certificate, federatedCredentials = [], identifierUri } = application
  const own = of(uniqueName)
  const access = permissions.map(({ application: api, appRoles = [], delegatedScopes = [] }) => {
    const target = declared(api)
    const id = (value: string) => (target === undefined ? '' : idOf(target, value))
    return {
      resourceAppId: raw(`${of(api)}.appId`),
      resourceAccess: [
        ...appRoles.map((value) => ({ id: id(value), type: 'Role' })),
        ...delegatedScopes.map((value) => ({ id: id(value), type: 'Scope' })),
      ],
    }
  })
  const key = certificate !== undefined && 'pem' in certificate ? certificate : undefined
  const body = {
    uniqueName,
    ...applicationBody(application),
    ...(identifierUri === undefined || identifierUri === 'appId' ? {} : { identifierUris: [identifierUri] }),
    requiredResourceAccess: access,
    ...(key === undefined ? {} : { keyCredentials: [keyCredential(key)] }),
  }
  return [
    ...(application.appId === undefined
      ? []
      : [
          `// Exists as ${application.appId}: give it this uniqueName by a PATCH first, or the deployment makes a twin.`,
        ]),
    ...(identifierUri === 'appId'
      ? [
          '// A template cannot name its own appId: set the Application ID URI api://<appId> after the first deployment.',
        ]
      : []),
    ...(secret === undefined
      ? []
      : [`// Bicep sets no passwords: add the secret ${literal(secret.displayName)} by other means.`]),
    ...(certificate !== undefined && key === undefined
      ? [`// Bicep makes no keys: add the certificate ${literal(certificate.displayName)} by other means.`]
      : []),
    ...((application.preAuthorizedApplications ?? []).length > 0
      ? ['// Pre-authorized clients refer back to this application: add them after the first deployment.']
      : []),
    `resource ${own} 'Microsoft.Graph/applications@v1.0' = ${write(body)}`,
    `resource ${own}Principal 'Microsoft.Graph/servicePrincipals@v1.0' = ${write({ appId: raw(`${own}.appId`), tags: ['WindowsAzureActiveDirectoryIntegratedApp'] })}`,
    ...federatedCredentials.map(({ name, issuer, subject, description = '', audience }, index) => {
      const audiences = [audience ?? 'api://AzureADTokenExchange']
      const credential = { name: raw(`'\${${own}.uniqueName}/${name}'`), issuer, subject, description, audiences }
      return `resource ${own}Federated${index + 1} 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = ${write(credential)}`
    }),
    ...permissions.filter(({ consent }) => consent).flatMap((permission) => grants(permission, own, of, declared)),
    '',
  ]
}

function grants(
  { application: api, appRoles = [], delegatedScopes = [] }: NonNullable<Application['permissions']>[number],
  own: string,
  of: (uniqueName: string) => string,
  declared: (uniqueName: string) => Application | undefined,
): string[] {
  const target = declared(api)
  const resourceId = raw(`${of(api)}Principal.id`)
  return [
    ...appRoles.map((value, index) => {
      const appRoleId = target === undefined ? '' : idOf(target, value)
      const grant = { principalId: raw(`${own}Principal.id`), resourceId, appRoleId }
      return `resource ${own}Grant${of(api)}x${index + 1} 'Microsoft.Graph/appRoleAssignedTo@v1.0' = ${write(grant)}`
    }),
    ...(delegatedScopes.length === 0
      ? []
      : [
          `resource ${own}Consent${of(api)} 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = ${write({ clientId: raw(`${own}Principal.id`), consentType: 'AllPrincipals', resourceId, scope: delegatedScopes.join(' ') })}`,
        ]),
  ]
}

function keyCredential({ displayName, pem }: { displayName: string; pem: string }) {
  const key = pem.replaceAll(/-----[^-]+-----|\s/g, '')
  return { displayName, usage: 'Verify', type: 'AsymmetricX509Cert', key }
}

/** An expression, to be written as it is. */
class Raw {
  readonly expression: string
  constructor(expression: string) {
    this.expression = expression
  }
}
const raw = (expression: string) => new Raw(expression)

function write(value: unknown, indent = ''): string {
  const inner = `${indent}  `
  if (value instanceof Raw) return value.expression
  if (typeof value === 'string') return literal(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => `${inner}${write(item, inner)}\n`).join('')}${indent}]`
  }
  const members = Object.entries(value).map(([name, member]) => `${inner}${name}: ${write(member, inner)}\n`)
  return `{\n${members.join('')}${indent}}`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${').replaceAll('\n', '\\n')}'`
}
