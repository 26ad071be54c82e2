import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAppSettings } from '../../../src/adopt/formats/appsettings.js'
import { readEnv } from '../../../src/adopt/formats/env.js'
import { readSpringProperties, readSpringYaml } from '../../../src/adopt/formats/spring.js'
import type { Reading } from '../../../src/adopt/setting.js'

const rows = ({ settings }: Reading) => settings.map(({ kind, line, value, variable }) => [kind, line, value, variable])

test('appsettings.json is read as .NET reads it, with the variables that are stronger', () => {
  const read = readAppSettings(
    `{
  // comments and trailing commas are .NET's own
  "AzureAd": {
    "Instance": "https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/",
    "TenantId": "Enter_the_Tenant_Id_Here",
    "ClientId": "Enter_the_Application_Id_Here",
    "Scopes": { "Read": ["ToDoList.Read"] },
    "AppPermissions": { "Read": ["ToDoList.Read.All"] },
    "ClientCredentials": [{ "SourceType": "ClientSecret", "ClientSecret": "s" }],
  },
  "DownstreamApi": { "BaseUrl": "https://localhost:1/", "Scopes": ["api://abc/Things.Read"] },
  "Swagger": { "ClientId": "not ours" },
}`,
    'appsettings.json',
  )
  assert.deepEqual(rows(read), [
    ['authority', 4, 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/', 'AzureAd__Instance'],
    ['tenantId', 5, 'Enter_the_Tenant_Id_Here', 'AzureAd__TenantId'],
    ['clientId', 6, 'Enter_the_Application_Id_Here', 'AzureAd__ClientId'],
    ['offeredScope', 7, 'ToDoList.Read', 'AzureAd__Scopes__Read__0'],
    ['offeredRole', 8, 'ToDoList.Read.All', 'AzureAd__AppPermissions__Read__0'],
    ['clientSecret', 9, 's', 'AzureAd__ClientCredentials__0__ClientSecret'],
    ['endpoint', 11, 'https://localhost:1/', 'DownstreamApi__BaseUrl'],
    ['scope', 11, 'api://abc/Things.Read', 'DownstreamApi__Scopes__0'],
  ])
  assert.throws(() => readAppSettings('{ "AzureAd": {\n "ClientId": "secret" "x" }', 'f'), {
    name: 'SyntaxError',
    message: 'line 2: CommaExpected',
  })
  assert.throws(() => readAppSettings('', 'f'), SyntaxError)
})

test('.env is read with its lines, and tells all its variables', () => {
  const read = readEnv(
    `# CLIENT_ID=commented out
export CLIENT_ID = "abc"
OTHER='x'
AZURE_TENANT_ID=t # of ours
SCOPES="api://a/.default openid"
NODE_TLS_REJECT_UNAUTHORIZED='0'
CLIENT_ID=last`,
    '.env',
  )
  assert.deepEqual(rows(read), [
    ['tenantId', 4, 't', 'AZURE_TENANT_ID'],
    ['scope', 5, 'api://a/.default', 'SCOPES'],
    ['scope', 5, 'openid', 'SCOPES'],
    ['tlsCheck', 6, '0', 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ['clientId', 7, 'last', 'CLIENT_ID'],
  ])
  assert.deepEqual(
    read.variables?.map(({ name, line }) => [name, line]),
    [
      ['OTHER', 3],
      ['AZURE_TENANT_ID', 4],
      ['SCOPES', 5],
      ['NODE_TLS_REJECT_UNAUTHORIZED', 6],
      ['CLIENT_ID', 7],
    ],
  )
})

const springRows = (line: number) => [
  ['tenantId', line, '<tenant>', 'SPRING_CLOUD_AZURE_ACTIVEDIRECTORY_PROFILE_TENANTID'],
  ['clientId', line + 1, 'your-client-id', 'CLIENT_ID'],
  ['clientSecret', line + 2, '', 'AZURE_CLIENT_SECRET'],
]

test('application.yml and application.properties are read alike, as Spring Boot binds them to variables', () => {
  const yaml = `server.client-id: not ours
spring:
  cloud.azure.active-directory:
    credential: &shared
      unrelated: 1
    profile: { tenant-id: <tenant> }
    client: *shared
---
spring.cloud.azure.active-directory.credential:
  client-id: \${CLIENT_ID:your-client-id}
  client-secret: \${AZURE_CLIENT_SECRET}
`
  const [tenant, ...credential] = rows(readSpringYaml(yaml, 'application.yml'))
  assert.deepEqual(tenant, [...(springRows(6)[0] ?? [])])
  assert.deepEqual(credential, springRows(9).slice(1))
  const prefix = 'spring.cloud.azure.active-directory'
  const properties = `# a comment
${prefix}.profile.tenant-id=<tenant>
${prefix}.credential.client-id: \${CLIENT_ID:your-client-id}
${prefix}.credential.client-secret = \${AZURE_CLIENT_SECRET}
`
  assert.deepEqual(rows(readSpringProperties(properties, 'application.properties')), springRows(2))
  assert.throws(() => readSpringYaml('spring: [a', 'f'), { name: 'SyntaxError', message: /^line 1: [A-Z_]+$/ })
})
