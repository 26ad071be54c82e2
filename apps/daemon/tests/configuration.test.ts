import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { type Layer, readConfiguration } from '../src/configuration.js'
import type { CredentialSource } from '../src/credentials/credential-source.js'
import { Failure } from '../src/failure.js'
import { certificateFile } from './stand-in/services.js'

const good = {
  CLIENT_ID: '00001111-AAAA-4bbb-8ccc-333333333333',
  AUTHORITY: 'https://contoso.ciamlogin.com/aaaabbbb-0000-4ccc-8ddd-222222222222',
  CLIENT_SECRET: 'Qx78Q~made.up_for-tests',
  SCOPES: 'api://22223333-cccc-4ddd-8eee-444444444444/.default',
}

const files: Readonly<Record<string, string>> = {
  '/settings/ca.pem': readFileSync(certificateFile, 'utf8'),
  '/settings/not-a-ca.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
}

function layer(values: Layer['values'], origin = 'the environment'): Layer {
  return { origin, folder: '/settings', values }
}

function read(...layers: Layer[]) {
  return readConfiguration(layers, (path) => {
    const content = files[path]
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return content
  })
}

/** The reasons of the one failure that `values` lead to. */
function problemsOf(...layers: Layer[]): string {
  try {
    read(...layers)
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    return error.message
  }
  throw new assert.AssertionError({ message: 'the configuration was accepted' })
}

function secretIn(origin: string) {
  return { kind: 'secret', secret: { setting: 'CLIENT_SECRET', origin, from: 'value', value: good.CLIENT_SECRET } }
}

const secretFile = {
  kind: 'secret',
  secret: {
    setting: 'CLIENT_SECRET_FILE',
    origin: 'the environment',
    from: 'file',
    path: resolve('/settings', 'secret.txt'),
  },
}

test('four settings are enough; the API defaults to the address of the tutorial', () => {
  const configuration = read(layer(good))
  assert.deepEqual(configuration, {
    clientId: '00001111-aaaa-4bbb-8ccc-333333333333',
    authority: new URL(good.AUTHORITY),
    credentials: [secretIn('the environment')],
    tokenCache: { kind: 'memory' },
    scope: good.SCOPES,
    apiEndpoint: new URL('https://localhost:44351/api/todolist'),
    extraRoots: undefined,
  })
})

test('an earlier layer wins, and an empty value counts as absent', () => {
  const { authority, credentials } = read(
    layer({ AUTHORITY: 'https://first.example/x', CLIENT_SECRET: ' ' }),
    layer({ ...good, AUTHORITY: 'https://second.example/x' }, '/settings/.env'),
  )
  assert.equal(authority.href, 'https://first.example/x')
  assert.deepEqual(credentials, [secretIn('/settings/.env')])
})

test('a file of a secret in a stronger layer wins over a secret in a weaker one', () => {
  const { credentials } = read(layer({ CLIENT_SECRET_FILE: 'secret.txt' }), layer(good, '/settings/.env'))
  assert.deepEqual(credentials, [secretFile])
})

test('file names are relative to the folder of their layer', () => {
  const { credentials, extraRoots } = read(
    layer({ ...good, CLIENT_SECRET: '', CLIENT_SECRET_FILE: './secret.txt', CA_FILE: '/settings/ca.pem' }),
  )
  assert.deepEqual(credentials, [secretFile])
  assert.equal(extraRoots, files['/settings/ca.pem'])
})

test('what is missing may be in a file that was not read: the failure says why, and what to do', () => {
  const { AUTHORITY } = good
  const decides = { setting: 'AUTHORITY', unread: ['/project/.tenantry/daemon.env'] }
  const failureOf = (values: Layer['values']): Failure => {
    try {
      read({ ...layer(values), decides })
    } catch (error) {
      if (error instanceof Failure) return error
    }
    throw new assert.AssertionError({ message: 'the configuration was accepted' })
  }
  const failure = failureOf({ AUTHORITY })
  assert.equal(failure.exit, 'configuration')
  assert.match(
    failure.message,
    /; \/project\/\.tenantry\/daemon\.env was not read, because AUTHORITY comes from the environment$/,
  )
  assert.equal(failure.next, 'remove AUTHORITY from the environment, or give CLIENT_ID, SCOPES, a credential there too')
  const wrongOnly = failureOf({ ...good, CLIENT_ID: 'todolist' })
  assert.doesNotMatch(wrongOnly.message, /was not read/)
  assert.match(wrongOnly.next, /^run `npm run up`/)
})

test('everything that is missing is named at once, with where to find it', () => {
  assert.equal(
    problemsOf(layer({})),
    'configuration incomplete or wrong: CLIENT_ID is missing (the Application (client) ID on the Overview page of the daemon app registration); ' +
      'AUTHORITY is missing (https://<subdomain>.ciamlogin.com/<tenant-id>, both from the Overview page of the tenant); ' +
      'CLIENT_SECRET or CLIENT_SECRET_FILE is missing (the Value, not the Secret ID, shown once under Certificates & secrets of the daemon app registration), and there is no CERT_FILE, FEDERATED_TOKEN_FILE or MANAGED_IDENTITY instead; ' +
      'SCOPES is missing (api://<Application (client) ID of the web API>/.default)',
  )
})

test("the tutorial's placeholders are named as such, with where to find the real values", () => {
  const problems = problemsOf(
    layer(
      {
        CLIENT_ID: 'Enter_the_Application_Id_Here',
        AUTHORITY: 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/',
        CLIENT_SECRET: 'your_client_secret',
        SCOPES: 'api://Enter_the_Web_Api_Application_Id_Here/.default',
      },
      '/settings/.env',
    ),
  )
  for (const name of Object.keys(good)) {
    assert.match(problems, new RegExp(`${name} in /settings/\\.env still is a placeholder; put `))
  }
})

const wrongValues: readonly [values: Record<string, string>, problem: RegExp][] = [
  [{ CLIENT_ID: 'todolist' }, /CLIENT_ID in the environment is not a GUID/],
  [{ AUTHORITY: 'contoso.ciamlogin.com' }, /AUTHORITY in the environment is not an address/],
  [{ AUTHORITY: 'http://contoso.ciamlogin.com/x' }, /AUTHORITY in the environment does not begin with https:\/\/, so/],
  [{ AUTHORITY: 'https://a:b@contoso.ciamlogin.com/x' }, /AUTHORITY in the environment contains a user name or/],
  [{ AUTHORITY: 'https://contoso.ciamlogin.com/x?p=1' }, /AUTHORITY in the environment has a query/],
  [{ API_ENDPOINT: 'http://localhost:44351/api/todolist' }, /API_ENDPOINT in the environment does not begin with/],
  [{ API_ENDPOINT: 'https://localhost/api#x' }, /API_ENDPOINT in the environment has a fragment/],
  [{ SCOPES: 'api://a/.default api://b/.default' }, /SCOPES in the environment names more than one scope/],
  [{ SCOPES: 'api://a/ToDoList.Read' }, /SCOPES in the environment does not end in/],
  [
    { CA_FILE: 'missing.pem' },
    /CA_FILE in the environment names \/settings\/missing\.pem, which cannot be read: ENOENT/,
  ],
  [{ CA_FILE: 'not-a-ca.pem' }, /CA_FILE in the environment names a file without a readable PEM certificate/],
  [{ CLIENT_SECRET: 'a\nb' }, /CLIENT_SECRET in the environment contains a control character or blank/],
  [{ CLIENT_SECRET: 'a'.repeat(4097) }, /CLIENT_SECRET in the environment contains .+ or is longer than 4096/],
  [{ TOKEN_CACHE: 'token.sealed' }, /TOKEN_CACHE is set and TOKEN_CACHE_KEY or TOKEN_CACHE_KEY_FILE is missing/],
  [{ MANAGED_IDENTITY: 'mine' }, /MANAGED_IDENTITY in the environment is neither "system" nor the client id/],
  [{ CLIENT_SECRET_FILE: 'secret.txt' }, /the environment sets both CLIENT_SECRET and CLIENT_SECRET_FILE; keep one/],
]

for (const [values, problem] of wrongValues) {
  const [name, value] = Object.entries(values).at(-1) ?? []
  test(`${name} = ${JSON.stringify(value?.slice(0, 40))} is refused`, () => {
    const message = problemsOf(layer({ ...good, ...values }))
    assert.match(message, problem)
    assert.ok(!message.includes(good.CLIENT_SECRET))
  })
}

const secretOf = (source: CredentialSource) =>
  source.kind === 'secret' && source.secret.from === 'value' ? source.secret.value : source

test('the names of the Azure SDK work, and the id of the tenant is enough for an authority', () => {
  const azure = { AZURE_CLIENT_ID: good.CLIENT_ID, AZURE_CLIENT_SECRET: 'azure', SCOPES: good.SCOPES }
  const tenant = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
  const alone = read(layer({ ...azure, AZURE_TENANT_ID: tenant }))
  assert.equal(alone.authority.href, `https://${tenant}.ciamlogin.com/${tenant}`)
  assert.equal(alone.clientId, good.CLIENT_ID.toLowerCase())
  assert.deepEqual(alone.credentials.map(secretOf), ['azure'])
  for (const host of ['https://login.example/', 'login.example']) {
    const { authority } = read(layer({ ...azure, AZURE_TENANT_ID: tenant, AZURE_AUTHORITY_HOST: host }))
    assert.equal(authority.href, `https://login.example/${tenant}`)
  }
})

test("in one origin the sample's names win over those of the Azure SDK", () => {
  const { credentials, authority } = read(layer({ ...good, AZURE_CLIENT_SECRET: 'azure', AZURE_TENANT_ID: 'x' }))
  assert.deepEqual(credentials.map(secretOf), [good.CLIENT_SECRET])
  assert.equal(authority.href, good.AUTHORITY)
})

test('a wrong value is named as it is written, and told what belongs there', () => {
  const { CLIENT_ID: _without, ...others } = good
  assert.match(
    problemsOf(layer({ ...others, AZURE_CLIENT_ID: 'todolist' })),
    /AZURE_CLIENT_ID in the environment is not a GUID; put the Application \(client\) ID on/,
  )
})

test('switched off TLS checks are refused, wherever they are written', () => {
  const message = problemsOf(layer(good), layer({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, '/settings/.env'))
  assert.match(message, /^TLS checks are switched off: NODE_TLS_REJECT_UNAUTHORIZED=0 would hand the client secret/)
})
