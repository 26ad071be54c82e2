import { type DesiredState, idOf } from '@tenantry/app-registration'
import { applicationBody } from './body.js'
import { oneLine } from './one-line.js'

type Application = DesiredState['applications'][number]

/**
 * A Bash script of azure-cli calls. Most are `az rest`, because `az ad app create` knows no uniqueName and would make a twin
 * on its second run. A secret goes into a file that only its owner can read.
 */
export function az({ applications }: DesiredState): string {
  const variables = new Map(applications.map(({ uniqueName }, index) => [uniqueName, `app${index + 1}`]))
  const of = (uniqueName: string) => variables.get(uniqueName) ?? uniqueName
  const declared = (uniqueName: string) => applications.find((application) => application.uniqueName === uniqueName)
  return [
    '#!/usr/bin/env bash',
    '# Registers the applications of a declaration with azure-cli. Sign in first: az login --tenant <tenant> --allow-no-subscriptions',
    'set -euo pipefail',
    'umask 077',
    "graph='https://graph.microsoft.com/v1.0'",
    'upsert() { az rest --only-show-errors --output none --method PATCH --url "$1" --headers Content-Type=application/json Prefer=create-if-missing --body "$2"; }',
    'send() { az rest --only-show-errors --output none --method "$1" --url "$2" --headers Content-Type=application/json --body "$3"; }',
    'read_id() { az rest --only-show-errors --method GET --url "$1" --query "$2" --output tsv; }',
    '',
    ...applications.flatMap((application) => creation(application, of(application.uniqueName))),
    ...applications.flatMap((application) => references(application, of, declared)),
    ...applications.flatMap((application) => credentials(application, of(application.uniqueName))),
    '',
  ].join('\n')
}

function creation(application: Application, variable: string): string[] {
  const { uniqueName, appId, identifierUri } = application
  const key = appId === undefined ? `uniqueName='${odata(uniqueName)}'` : `appId='${appId}'`
  const url = `"$graph"${quoted(`/applications(${key})`)}`
  const uris =
    identifierUri === 'appId'
      ? `'{"identifierUris":["api://'"$${variable}_appid"'"]}'`
      : identifierUri && quoted(JSON.stringify({ identifierUris: [identifierUri] }))
  return [
    `# ${oneLine(uniqueName)}`,
    `upsert ${url} ${quoted(JSON.stringify(applicationBody(application)))}`,
    `${variable}_id=$(read_id ${url} id)`,
    `${variable}_appid=$(read_id ${url} appId)`,
    ...(uris === undefined ? [] : [`send PATCH "$graph/applications/$${variable}_id" ${uris}`]),
    `upsert "$graph/servicePrincipals(appId='$${variable}_appid')" '{"tags":["WindowsAzureActiveDirectoryIntegratedApp"]}'`,
    `${variable}_sp=$(read_id "$graph/servicePrincipals(appId='$${variable}_appid')" id)`,
    '',
  ]
}

function references(
  application: Application,
  of: (uniqueName: string) => string,
  declared: (uniqueName: string) => Application | undefined,
): string[] {
  const { uniqueName, permissions = [], preAuthorizedApplications = [] } = application
  const own = of(uniqueName)
  const access = permissions.map(({ application: api, appRoles = [], delegatedScopes = [] }) => {
    const target = declared(api)
    const id = (value: string) => (target === undefined ? '' : idOf(target, value))
    const all = [
      ...appRoles.map((value) => ({ id: id(value), type: 'Role' })),
      ...delegatedScopes.map((value) => ({ id: id(value), type: 'Scope' })),
    ]
    return `{"resourceAppId":"'"$${of(api)}_appid"'","resourceAccess":${JSON.stringify(all)}}`
  })
  const clients = preAuthorizedApplications.map(({ application: client, delegatedScopes }) => {
    const ids = JSON.stringify(delegatedScopes.map((value) => idOf(application, value)))
    return `{"appId":"'"$${of(client)}_appid"'","delegatedPermissionIds":${ids}}`
  })
  const url = `"$graph/applications/$${own}_id"`
  return [
    ...(access.length === 0 ? [] : [`send PATCH ${url} '{"requiredResourceAccess":[${access.join(',')}]}'`]),
    ...(clients.length === 0
      ? []
      : [`send PATCH ${url} '{"api":{"preAuthorizedApplications":[${clients.join(',')}]}}'`]),
    ...permissions
      .filter(({ consent }) => consent)
      .flatMap((permission) => consentCalls(permission, own, of, declared)),
  ]
}

function consentCalls(
  { application: api, appRoles = [], delegatedScopes = [] }: NonNullable<Application['permissions']>[number],
  own: string,
  of: (uniqueName: string) => string,
  declared: (uniqueName: string) => Application | undefined,
): string[] {
  const target = declared(api)
  const principals = `"principalId":"'"$${own}_sp"'","resourceId":"'"$${of(api)}_sp"'"`
  const grants = `"clientId":"'"$${own}_sp"'","resourceId":"'"$${of(api)}_sp"'"`
  return [
    ...(target === undefined ? [] : appRoles).map(
      (value) =>
        `send POST "$graph/servicePrincipals/$${of(api)}_sp/appRoleAssignedTo" '{${principals},"appRoleId":"${target === undefined ? '' : idOf(target, value)}"}' || echo ${quoted(`${value}: granted already?`)} >&2`,
    ),
    ...(delegatedScopes.length === 0
      ? []
      : [
          `send POST "$graph/oauth2PermissionGrants" '{${grants},"consentType":"AllPrincipals","scope":'${quoted(JSON.stringify(delegatedScopes.join(' ')))}'}' || echo 'consent: granted already?' >&2`,
        ]),
  ]
}

function credentials(application: Application, variable: string): string[] {
  const { uniqueName, secret, certificate, federatedCredentials = [] } = application
  const file = `${variable}.secret`
  return [
    ...(secret === undefined
      ? []
      : [
          `# A new secret of ${oneLine(uniqueName)} with each run; remove the old ones with az ad app credential delete.`,
          `az ad app credential reset --only-show-errors --id "$${variable}_appid" --append --display-name=${quoted(secret.displayName)} --end-date "$(date -u -d '+${secret.lifetimeDays} days' +%Y-%m-%dT%H:%M:%SZ)" --query password --output tsv > ${file}`,
        ]),
    ...(certificate === undefined
      ? []
      : [
          'pem' in certificate
            ? `az ad app credential reset --only-show-errors --output none --id "$${variable}_appid" --append --display-name=${quoted(certificate.displayName)} --cert ${quoted(certificate.pem.trim())}`
            : `az ad app credential reset --only-show-errors --id "$${variable}_appid" --append --display-name=${quoted(certificate.displayName)} --create-cert > ${variable}.cert.json`,
        ]),
    ...federatedCredentials.map(({ name, issuer, subject, description = '', audience }) => {
      const body = { issuer, subject, description, audiences: [audience ?? 'api://AzureADTokenExchange'] }
      return `upsert "$graph/applications/$${variable}_id/federatedIdentityCredentials(name='${name}')" ${quoted(JSON.stringify(body))}`
    }),
  ]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

function odata(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "''")
}
