import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test, { after } from 'node:test'
import { type DesiredState, idOf } from '@tenantry/app-registration'
import { az } from '../../src/apps/export/az.js'
import { bicep } from '../../src/apps/export/bicep.js'
import { terraform } from '../../src/apps/export/terraform.js'
import { exportApps } from '../../src/apps/export.js'
import { tutorialApps } from '../../src/tutorial/apps.js'
import { surroundings } from './place.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-export-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const forms = { az, bicep, terraform }
const adoptedId = '0f5fd1a2-6a43-4a2d-9a5b-6d3f5a0b9c11'
const lifetime = { displayName: 'this machine', lifetimeDays: 90, renewBeforeDays: 9 }
const pem = `-----BEGIN CERTIFICATE-----\nTWFkZSBlbHNld2hlcmU=\n-----END CERTIFICATE-----\n`

/** Every member that a declaration can have. */
const everything: DesiredState = {
  applications: [
    {
      uniqueName: 'orders-api',
      displayName: 'Orders',
      signInAudience: 'AzureADMyOrg',
      identifierUri: 'appId',
      accessTokenVersion: 1,
      appRoles: [
        {
          id: '6d0fbf2c-9b4c-4d2e-8f5e-3d1f3c9a7b10',
          value: 'Orders.Read.All',
          displayName: 'Reads orders',
          description: 'Reads all orders',
          allowedMemberTypes: ['Application', 'User'],
        },
      ],
      delegatedScopes: [
        {
          id: '0b8e2d0a-40c5-4c43-a6b0-5d3c52e3a9c4',
          value: 'Orders.Read',
          type: 'User',
          adminConsentDisplayName: 'Read orders, says the administrator',
          adminConsentDescription: 'Reads what the user ordered',
          userConsentDisplayName: 'Read your orders',
          userConsentDescription: 'Reads what you ordered',
        },
      ],
      optionalAccessTokenClaims: ['idtyp', 'email'],
      preAuthorizedApplications: [{ application: 'orders-web', delegatedScopes: ['Orders.Read'] }],
    },
    {
      uniqueName: 'orders-web',
      displayName: 'Orders on the web',
      identifierUri: 'https://contoso.onmicrosoft.com/web',
      redirectUris: {
        web: ['https://localhost:3000/in'],
        spa: ['https://localhost:3000/spa'],
        publicClient: ['msal://orders'],
      },
      permissions: [
        { application: 'orders-api', appRoles: ['Orders.Read.All'], delegatedScopes: ['Orders.Read'], consent: true },
      ],
      secret: lifetime,
      certificate: { displayName: 'made elsewhere', pem },
      federatedCredentials: [
        {
          name: 'ci-main',
          issuer: 'https://token.example',
          subject: 'repo:main',
          description: 'The pipeline',
          audience: 'api://ours',
        },
      ],
    },
    { uniqueName: 'old', appId: adoptedId, displayName: 'Was here before', certificate: lifetime },
  ],
}

test('each form holds every role, scope and permission of the tutorial, and no secret', async () => {
  const { applications } = tutorialApps()
  const ids = applications.flatMap((application) => {
    const { appRoles = [], delegatedScopes = [] } = application
    return [
      // Where it is offered, where it is asked for, and where it is granted.
      ...appRoles.map(({ value }) => ({ id: idOf(application, value), value, times: 3 })),
      ...delegatedScopes.map(({ value }) => ({ id: idOf(application, value), value, times: 1 })),
    ]
  })
  assert.equal(ids.length, 4)
  for (const to of ['az', 'bicep', 'terraform'] as const) {
    const { around, said } = surroundings()
    assert.equal(await exportApps({ file: null, to }, around), 0)
    for (const { displayName } of applications) assert.ok(said.stdout.includes(displayName), `${to}: ${displayName}`)
    for (const { id, value, times } of ids) {
      assert.ok(said.stdout.includes(value), `${to}: ${value}`)
      assert.equal(said.stdout.split(id).length - 1, times, `${to}: ${value}`)
    }
    assert.ok(said.stdout.includes('idtyp'), to)
    assert.doesNotMatch(said.stdout, /PRIVATE KEY|secretText|eyJ/)
    assert.equal(said.terminal, '')
  }
})

test('each form holds everything that a declaration can say', () => {
  const facts = {
    all: [
      'Orders on the web',
      'Orders.Read.All',
      '6d0fbf2c-9b4c-4d2e-8f5e-3d1f3c9a7b10',
      'Reads all orders',
      '0b8e2d0a-40c5-4c43-a6b0-5d3c52e3a9c4',
      'Read orders, says the administrator',
      'Reads what the user ordered',
      'Read your orders',
      'Reads what you ordered',
      'idtyp',
      'email',
      'https://contoso.onmicrosoft.com/web',
      'https://localhost:3000/in',
      'https://localhost:3000/spa',
      'msal://orders',
      'this machine',
      'TWFkZSBlbHNld2hlcmU=',
      'ci-main',
      'https://token.example',
      'repo:main',
      'The pipeline',
      'api://ours',
    ],
    az: [`appId='"'"'${adoptedId}'"'"'`, '"preAuthorizedApplications"', '+90 days', '"requestedAccessTokenVersion":1'],
    bicep: [
      adoptedId,
      'Pre-authorized clients refer back',
      'requestedAccessTokenVersion: 1',
      "consentType: 'AllPrincipals'",
    ],
    terraform: [
      adoptedId,
      'azuread_application_pre_authorized',
      'requested_access_token_version = 1',
      'end_date_relative = "2160h"',
    ],
  }
  for (const [name, form] of Object.entries(forms)) {
    const text = form(everything)
    const own = facts[name as keyof typeof forms]
    for (const fact of [...facts.all, ...own]) assert.ok(text.includes(fact), `${name} lacks ${fact}`)
    assert.doesNotMatch(text, /undefined|\[object/)
  }
})

/** Each of them means something to a shell, to Bicep or to HCL. */
const hostile = `O'Hara "said" $(touch pwned) \`id\` \${HOME} %{if} $HOME \\ 'quoted' !x # ; é`
const hostileLines = `${hostile}\nsecond line`

function named(name: string): DesiredState {
  const [api, web] = everything.applications
  assert.ok(api !== undefined && web !== undefined)
  return {
    applications: [
      {
        ...api,
        displayName: name,
        preAuthorizedApplications: [{ application: hostile, delegatedScopes: ['Orders.Read'] }],
      },
      {
        ...web,
        uniqueName: hostile,
        displayName: name,
        secret: { ...lifetime, displayName: name },
        certificate: { displayName: name, pem },
      },
    ],
  }
}

test('Bash takes the script for az, and az gets every text as it was declared, whatever it holds', () => {
  for (const name of ['Orders', hostile, hostileLines]) {
    const desired = named(name)
    const { calls, files } = runWithAz(az(desired))
    const bodies = calls.flatMap((call) =>
      following(call, '--body').map((body) => JSON.parse(body) as Record<string, unknown>),
    )
    const names = bodies.flatMap(({ displayName }) => (displayName === undefined ? [] : [displayName]))
    assert.deepEqual(names, [name, name])
    const urls = calls.flatMap((call) => following(call, '--url'))
    const key = encodeURIComponent(hostile).replaceAll("'", "''")
    assert.ok(urls.includes(`https://graph.microsoft.com/v1.0/applications(uniqueName='${key}')`), urls.join('\n'))
    const credentials = calls.filter((call) => call.includes('credential'))
    assert.deepEqual(
      credentials.map((call) => call.find((part) => part.startsWith('--display-name'))),
      [`--display-name=${name}`, `--display-name=${name}`],
    )
    assert.deepEqual(
      credentials.flatMap((call) => following(call, '--cert')),
      [pem.trim()],
    )
    const roles = bodies.flatMap(({ appRoles }) => (Array.isArray(appRoles) ? (appRoles as { id: string }[]) : []))
    assert.deepEqual(
      roles.map(({ id }) => id),
      ['6d0fbf2c-9b4c-4d2e-8f5e-3d1f3c9a7b10'],
    )
    const granted = bodies.filter((body) => 'appRoleId' in body || 'scope' in body)
    const ends = { resourceId: 'found' }
    assert.deepEqual(granted, [
      { principalId: 'found', ...ends, appRoleId: '6d0fbf2c-9b4c-4d2e-8f5e-3d1f3c9a7b10' },
      { clientId: 'found', ...ends, consentType: 'AllPrincipals', scope: 'Orders.Read' },
    ])
    // What az prints as the password lands in a file, and nothing that a name said was run.
    assert.deepEqual(files, ['app2.secret'])
  }
})

test('Bicep and HCL get every text as one literal, and no line of a comment ends early', () => {
  const asBicep = (text: string) =>
    `'${text
      .replaceAll(/[\\']/g, (one) => `\\${one}`)
      .replaceAll('${', '\\${')
      .replaceAll('\n', '\\n')}'`
  const asHcl = (text: string) =>
    `"${text
      .replaceAll(/[\\"]/g, (one) => `\\${one}`)
      .replaceAll(/([$%])\{/g, '$1$1{')
      .replaceAll('\n', '\\n')}"`
  for (const name of ['Orders', hostile, hostileLines]) {
    const desired = named(name)
    const [bicepText, hclText] = [bicep(desired), terraform(desired)]
    assert.equal(bicepText.split(`\n  displayName: ${asBicep(name)}\n`).length - 1, 2, bicepText)
    assert.ok(bicepText.includes(`\n  uniqueName: ${asBicep(hostile)}\n`))
    assert.ok(bicepText.includes(`add the secret ${asBicep(name)} by other means.\n`))
    assert.equal(hclText.split(`\n  display_name     = ${asHcl(name)}\n`).length - 1, 2, hclText)
    assert.ok(hclText.includes(`\n  display_name      = ${asHcl(name)}\n`))
    for (const text of [bicepText, hclText]) assert.ok(!text.split('\n').some((line) => line.startsWith('second line')))
  }
  const lines = terraform({ applications: [{ uniqueName: hostileLines, displayName: 'x' }] }).split('\n')
  assert.ok(lines.includes(`# ${hostileLines.replace('\n', ' ')}`))
})

/** Runs a script with an az that writes down its arguments and answers `found`; and what files that left. */
function runWithAz(script: string) {
  const work = mkdtempSync(join(folder, 'run-'))
  const tools = mkdtempSync(join(folder, 'bin-'))
  const log = join(tools, 'calls')
  const stub = join(tools, 'az')
  writeFileSync(stub, `#!/usr/bin/env bash\nprintf '%s\\0' "$@" $'\\x01' >> '${log}'\necho found\n`)
  chmodSync(stub, 0o700)
  const file = join(tools, 'script.sh')
  writeFileSync(file, script)
  assert.deepEqual(bash(['-n', file], {}, work), { status: 0, stderr: '' })
  const path = `${tools}${delimiter}${process.env['PATH'] ?? ''}`
  assert.deepEqual(bash([file], { PATH: path }, work), { status: 0, stderr: '' })
  const calls = readFileSync(log, 'utf8')
    .split('\x01\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1))
  return { calls, files: readdirSync(work) }
}

function bash(args: readonly string[], environment: NodeJS.ProcessEnv, cwd: string) {
  const env = { ...process.env, ...environment }
  const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8', cwd, env })
  return { status, stderr }
}

/** What follows an option in a call. */
function following(call: readonly string[], option: string): string[] {
  const at = call.indexOf(option)
  const value = at === -1 ? undefined : call[at + 1]
  return value === undefined ? [] : [value]
}
