import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Configuration } from '../../src/adopt/configuration-files.js'
import { beyondReach, fit } from '../../src/adopt/fit.js'
import { understand } from '../../src/adopt/programs.js'
import type { Kind, Setting, Variable } from '../../src/adopt/setting.js'
import { valuesFor } from '../../src/adopt/values.js'

const [a, b, t] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map((start) => `${start}-1111-4222-8333-444444444444`)

type Row = readonly [place: string, kind: Kind, value: string, variable?: string | null]

/** A configuration as the readers give it; each place is `file:line`. */
function configuration(
  programFolders: readonly string[],
  rows: readonly Row[],
  set: readonly string[] = [],
): Configuration {
  const settings = rows.map(([place, kind, value, variable = null]): Setting => {
    const [file = '', line] = place.split(':')
    return { kind, file, line: Number(line), name: variable ?? kind, value, variable, madeOf: [] }
  })
  const variables = set.map((text): Variable => {
    const [place = '', name = '', value = ''] = text.split(' ')
    const [file = '', line] = place.split(':')
    return { file, line: Number(line), name, value }
  })
  return { settings, unread: [], variables, files: [], programFolders: ['', ...programFolders] }
}

const folder = '/nowhere/at all'
const fitted = (given: Configuration) => fit(folder, understand(folder, given))

const daemon: readonly Row[] = [
  ['App/authConfig.js:1', 'clientId', 'Enter_the_Application_Id_Here', 'CLIENT_ID'],
  ['App/authConfig.js:2', 'authority', 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/', 'AUTHORITY'],
  ['App/authConfig.js:3', 'clientSecret', 'Enter_the_Client_Secret_Here', 'CLIENT_SECRET'],
  ['App/authConfig.js:4', 'scope', 'api://Enter_the_Web_Api_Application_Id_Here', 'SCOPES'],
]

/** Everything that is passed, with ids that tell what they are of. */
function passed(given: Configuration): Record<string, string> {
  const { members, applications, subdomain, tenantId } = fitted(given)
  const appIds = new Map(
    applications.map(({ uniqueName, appId, displayName }) => [uniqueName, appId ?? `<${displayName}>`]),
  )
  const made = { subdomain, tenantId: tenantId ?? '<tenant>', appIds }
  const all = members.flatMap((member) => valuesFor(member, made).passed)
  return Object.fromEntries(all.map(({ variable, value }) => [variable, 'text' in value ? value.text : '<secret>']))
}

test('a daemon of placeholders and the API beside it become two applications that know each other', () => {
  const given = configuration(
    ['App', 'API'],
    [
      ...daemon,
      ['API/appsettings.json:1', 'authority', 'https://fabrikam.ciamlogin.com/', 'AzureAd__Instance'],
      ['API/appsettings.json:2', 'tenantId', 'Enter_the_Tenant_Id_Here', 'AzureAd__TenantId'],
      ['API/appsettings.json:3', 'clientId', b ?? '', 'AzureAd__ClientId'],
      ['API/appsettings.json:4', 'offeredRole', 'Things.Read.All', null],
    ],
  )
  const { applications, subdomain, todolistApi } = fitted(given)
  assert.deepEqual([subdomain, todolistApi], ['fabrikam', null])
  const [client, api] = applications
  assert.deepEqual(
    [client?.permissions, client?.secret?.displayName, api?.appId, api?.appRoles?.map(({ value }) => value)],
    [
      [{ application: api?.uniqueName, appRoles: ['Things.Read.All'], delegatedScopes: [], consent: true }],
      'tenantry',
      b,
      ['Things.Read.All'],
    ],
  )
  assert.deepEqual(passed(given), {
    CLIENT_ID: '<App>',
    AUTHORITY: 'https://fabrikam.ciamlogin.com/<tenant>',
    CLIENT_SECRET: '<secret>',
    SCOPES: `api://${b}`,
    AzureAd__TenantId: '<tenant>',
  })
})

test('an API that does not know its id has the one that its only client asks for', () => {
  const given = configuration(
    ['App', 'API'],
    [
      ['App/authConfig.js:1', 'clientId', a ?? ''],
      ['App/authConfig.js:2', 'scope', `api://${b}/Things.Read`],
      ['API/appsettings.json:1', 'clientId', '', 'AzureAd__ClientId'],
      ['API/appsettings.json:2', 'offeredScope', 'Other.Read'],
    ],
  )
  const { applications, publicClients, decided } = fitted(given)
  assert.deepEqual(
    applications.map(({ displayName, appId }) => [displayName, appId]),
    [
      ['App', a],
      ['API', b],
    ],
  )
  assert.deepEqual(
    applications[1]?.delegatedScopes?.map(({ value }) => value),
    ['Other.Read', 'Things.Read'],
  )
  assert.deepEqual(publicClients, [applications[0]?.uniqueName])
  assert.ok(decided.includes('API offers Things.Read too, which App/authConfig.js:2 asks for'))
  assert.deepEqual(passed(given), { AzureAd__ClientId: b })
})

test('a client alone gets an API: the one of the tutorial where it calls that, or one that offers what is asked for', () => {
  const tutorial = fitted(
    configuration(['App'], [...daemon, ['App/authConfig.js:5', 'endpoint', 'https://localhost:44351/api/todolist']]),
  )
  assert.equal(tutorial.todolistApi, 'ciam-ToDoList-api')
  assert.deepEqual(tutorial.applications[1]?.permissions?.[0]?.appRoles, [
    'ToDoList.Read.All',
    'ToDoList.ReadWrite.All',
  ])
  const other = fitted(configuration(['App'], [...daemon, ['App/authConfig.js:6', 'scope', `api://${b}/Read`]]))
  assert.deepEqual(
    other.applications.map(({ displayName, appId, delegatedScopes }) => [displayName, appId, delegatedScopes?.length]),
    [
      ['API of App', b, 1],
      ['API of App', undefined, 0],
      ['App', undefined, undefined],
    ],
  )
})

test('programs with one client id are one application, with what both of them need', () => {
  const { applications, members } = fitted(
    configuration(
      ['web', 'worker'],
      [
        ['web/authConfig.js:1', 'clientId', a ?? ''],
        ['web/authConfig.js:2', 'redirectUri', 'http://localhost:3000/redirect'],
        ['web/authConfig.js:3', 'scope', `api://${b}/Read`],
        ['worker/.env:1', 'clientId', a?.toUpperCase() ?? '', 'CLIENT_ID'],
        ['worker/.env:2', 'clientSecret', 'x', 'CLIENT_SECRET'],
        ['worker/.env:3', 'scope', `api://${b}/Write`, 'SCOPES'],
      ],
    ),
  )
  const [api, application, ...others] = applications
  assert.deepEqual([application?.appId, others, new Set(members.map(({ uniqueName }) => uniqueName)).size], [a, [], 1])
  assert.deepEqual(
    [application?.redirectUris?.publicClient, application?.secret?.displayName, application?.permissions],
    [
      ['http://localhost:3000/redirect'],
      'tenantry',
      [{ application: api?.uniqueName, appRoles: [], delegatedScopes: ['Read', 'Write'], consent: true }],
    ],
  )
})

test('.env is stronger than what stands behind a variable, whatever its name, and placeholders in it are filled', () => {
  const rows: Row[] = [
    ['authConfig.js:1', 'clientId', 'Enter_the_Application_Id_Here', 'DAEMON_ID'],
    ['authConfig.js:2', 'tenantId', 'Enter_the_Tenant_Id_Here', 'TENANT_ID'],
    ['authConfig.js:3', 'clientSecret', 'x', 'CLIENT_SECRET'],
    ['.env:2', 'tenantId', '<tenant>', 'TENANT_ID'],
  ]
  const given = configuration([], rows, [`.env:1 DAEMON_ID ${a?.toUpperCase()}`, '.env:2 TENANT_ID <tenant>'])
  assert.equal(fitted(given).applications[0]?.appId, a)
  assert.deepEqual(passed(given), { TENANT_ID: '<tenant>', CLIENT_SECRET: '<secret>' })
})

test('appsettings.Development.json is stronger than appsettings.json', () => {
  const given = configuration(
    [],
    [
      ['appsettings.json:1', 'clientId', a ?? '', 'AzureAd__ClientId'],
      ['appsettings.Development.json:1', 'clientId', b ?? '', 'AzureAd__ClientId'],
    ],
  )
  assert.equal(fitted(given).applications[0]?.appId, b)
})

test('a tenant is known by each form of an authority, and authorities are filled in the form that is asked for', () => {
  const understood = (value: string) =>
    understand(folder, configuration([], [['authConfig.js:1', 'authority', value]])).tenant
  for (const value of [`https://fabrikam.ciamlogin.com/${t}`, `https://FABRIKAM.ciamlogin.com/${t}/v2.0`]) {
    assert.deepEqual(understood(value), { subdomain: 'fabrikam', tenantId: t })
  }
  assert.deepEqual(understood(`https://${t}.ciamlogin.com/`), { subdomain: null, tenantId: t })
  assert.deepEqual(understood(`https://login.microsoftonline.com/${t}`), { subdomain: null, tenantId: t })
  assert.deepEqual(understood('https://login.microsoftonline.com/fabrikam.onmicrosoft.com').subdomain, 'fabrikam')
  for (const value of ['https://login.microsoftonline.com/common', 'https://login.contoso.com/', '<authority>']) {
    assert.deepEqual(understood(value), { subdomain: null, tenantId: null })
  }
  const filled = (value: string, name = 'AUTHORITY') =>
    passed(configuration([], [['a.js:1', 'authority', value, name]]))[name]
  assert.equal(filled(''), 'https://contoso.ciamlogin.com/<tenant>')
  assert.equal(filled('https://login.microsoftonline.com/<tenant-id>'), 'https://login.microsoftonline.com/<tenant>')
  assert.equal(
    filled('https://login.microsoftonline.com/Enter_the_Tenant_Info_Here'),
    'https://login.microsoftonline.com/<tenant>',
  )
  assert.equal(filled('https://<name>.ciamlogin.com/', 'AzureAd__Instance'), 'https://contoso.ciamlogin.com/')
  assert.equal(filled('<issuer>', 'ISSUER_URI'), 'https://<tenant>.ciamlogin.com/<tenant>/v2.0')
  for (const value of [
    'https://fabrikam.ciamlogin.com/',
    'https://login.microsoftonline.com/common',
    'https://login.contoso.com/x',
  ]) {
    assert.equal(filled(value), undefined)
  }
})

test('places that contradict each other are all named', () => {
  const { conflicts } = understand(
    folder,
    configuration(
      ['App', 'API'],
      [
        ['App/authConfig.js:1', 'authority', 'https://contoso.ciamlogin.com/'],
        ['App/authConfig.js:2', 'clientId', a ?? ''],
        ['App/authConfig.js:3', 'clientId', b ?? ''],
        ['API/appsettings.json:1', 'subdomain', 'fabrikam'],
        ['API/appsettings.json:2', 'tenantId', t ?? ''],
        ['API/appsettings.json:3', 'authority', `https://contoso.ciamlogin.com/${a}`],
      ],
      [`App/.env:1 X ${a}`, `App/.env.local:1 X ${b}`],
    ),
  )
  assert.deepEqual(
    conflicts.map(({ about, places }) => [about, places.map(({ place }) => place)]),
    [
      ['the client id', ['App/authConfig.js:2', 'App/authConfig.js:3']],
      ['X', ['App/.env:1', 'App/.env.local:1']],
      ["the tenant's subdomain", ['App/authConfig.js:1', 'API/appsettings.json:1', 'API/appsettings.json:3']],
      ["the tenant's id", ['API/appsettings.json:2', 'API/appsettings.json:3']],
    ],
  )
})

test('what the local tenant does not give is said: Graph, certificates, other hosts', () => {
  const told = beyondReach(
    understand(
      folder,
      configuration(
        [],
        [
          ['a.js:1', 'clientId', a ?? ''],
          ['a.js:2', 'scope', 'User.Read'],
          ['a.js:3', 'scope', 'openid'],
          ['a.js:4', 'certificate', 'client.pem'],
          ['a.js:5', 'authority', 'https://login.microsoftonline.us/common'],
        ],
      ),
    ),
  )
  assert.deepEqual(
    told.map((line) => line.slice(0, 47)),
    [
      'a.js:2: scope asks for User.Read, which no appl',
      'a.js:4: certificate is a certificate: register ',
      'a.js:5: authority is login.microsoftonline.us, ',
    ],
  )
})

test('a value inside of an authority is passed by the variable that the authority is made of', () => {
  const { members } = fitted(configuration([], [['a.js:1', 'authority', 'https://.ciamlogin.com/']]))
  const [member] = members
  assert.ok(member)
  const made = { subdomain: 'contoso', tenantId: '<tenant>', appIds: new Map<string, string>() }
  const settings = member.program.settings.map((setting) => ({ ...setting, madeOf: ['NAME'] }))
  const { passed: values, notPassed } = valuesFor({ ...member, program: { ...member.program, settings } }, made)
  assert.deepEqual(
    [values.map(({ variable, value }) => [variable, value]), notPassed],
    [[['NAME', { text: 'contoso' }]], []],
  )
  const literal = valuesFor(member, made)
  assert.deepEqual(
    [literal.passed, literal.notPassed.map(({ value }) => value)],
    [[], [{ text: 'https://contoso.ciamlogin.com/<tenant>' }]],
  )
})
