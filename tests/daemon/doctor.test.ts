import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { makeClientCertificate } from '../clients/client-certificate.js'
import { endAll, node } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { openRealParts, type RealParts } from './real-parts.js'

let parts: RealParts
before(async () => {
  parts = await openRealParts()
})
after(async () => {
  await parts?.[Symbol.asyncDispose]()
  endAll()
})

type Settings = Readonly<Record<string, string>>

interface Fault {
  /** Settings that are other than those that work. */
  readonly settings?: () => Settings
  /** Makes the fault in the tenant, in Graph or in front of the API, and gives what takes it away again. */
  readonly make?: () => (() => unknown) | Promise<() => unknown>
  /** The line that names it. */
  readonly check: string
  readonly code: number
  readonly detail: RegExp
  readonly fix?: RegExp
}

const program = join(root, 'apps', 'daemon', 'todolist-daemon.cjs')
const strange = '99998888-7777-4666-8555-444433332222'
const stranger = await makeClientCertificate('a stranger')

const tenantFault = (definition: Parameters<RealParts['stack']['tenant']['faults']['add']>[0]) => () => {
  const { remove } = parts.stack.tenant.faults.add(definition)
  return remove
}
const apiAnswers = (fate: { status: number; retryAfter?: number }) => () => {
  parts.gateway.decide(() => fate)
  return () => parts.gateway.decide(() => 'pass')
}
const clockOff = (minutes: number) => () => {
  const distance = Buffer.alloc(8)
  distance.writeDoubleLE(minutes * 60_000)
  const file = join(parts.folder, 'other-clock')
  writeFileSync(file, distance)
  return { ...parts.clock.env, MOVED_CLOCK: file }
}
/** Changes an object of the directory and changes it back. */
const changed = (kind: string, name: string, values: [wrong: object, right: object]) => async () => {
  const { graph } = parts.stack
  const [found] = (await graph.list(`/${kind}?$filter=displayName%20eq%20'${name}'`)) as { id: string }[]
  const set = (body: object) => graph.send({ method: 'PATCH', path: `/${kind}/${found?.id}`, body })
  await set(values[0])
  return () => set(values[1])
}

const faults: Readonly<Record<string, Fault>> = {
  'a setting that is missing': {
    settings: () => ({ SCOPES: '' }),
    check: 'config',
    code: 6,
    detail: /SCOPES is missing/,
    fix: /give SCOPES there too/,
  },
  'a placeholder of the tutorial': {
    settings: () => ({ CLIENT_ID: 'Enter_the_Application_Id_Here' }),
    check: 'config',
    code: 6,
    detail: /CLIENT_ID in the environment still is a placeholder; put the Application \(client\) ID/,
  },
  'a client id that is none': {
    settings: () => ({ CLIENT_ID: 'ciam-client-app' }),
    check: 'config',
    code: 6,
    detail: /CLIENT_ID in the environment is not a GUID/,
  },
  'TLS checks switched off': {
    settings: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    check: 'config',
    code: 6,
    detail: /NODE_TLS_REJECT_UNAUTHORIZED=0 would hand the client secret/,
    fix: /CA_FILE/,
  },
  'a CA file that is not there': {
    settings: () => ({ CA_FILE: '/nowhere/ca.pem' }),
    check: 'config',
    code: 6,
    detail: /CA_FILE in the environment names .+ca\.pem, which cannot be read/,
  },
  'two scopes': {
    settings: () => ({ SCOPES: `api://${strange}/.default api://x/.default` }),
    check: 'config',
    code: 6,
    detail: /names more than one scope/,
  },
  'an authority without TLS': {
    settings: () => ({ AUTHORITY: parts.stack.tenant.authority.replace('https:', 'http:') }),
    check: 'config',
    code: 6,
    detail: /does not begin with https:\/\//,
  },
  'no credential': {
    settings: () => ({ CLIENT_SECRET: '' }),
    check: 'config',
    code: 6,
    detail: /CLIENT_SECRET or CLIENT_SECRET_FILE is missing/,
  },
  'a clock ten minutes ahead': {
    settings: clockOff(10),
    check: 'clock',
    code: 4,
    detail: /this machine is (599|600|601) s ahead/,
    fix: /set the clock/,
  },
  'a clock three minutes behind': {
    settings: clockOff(-3),
    check: 'clock',
    code: 10,
    detail: /this machine is (179|180|181) s behind/,
    fix: /set the clock/,
  },
  'an authority whose name does not exist': {
    settings: () => ({ AUTHORITY: `https://no-such-host.invalid/${strange}` }),
    check: 'DNS',
    code: 7,
    detail: /no-such-host\.invalid/,
    fix: /AUTHORITY|DNS/,
  },
  'an API whose name does not exist': {
    settings: () => ({ API_ENDPOINT: 'https://no-such-host.invalid/api/todolist' }),
    check: 'DNS',
    code: 7,
    detail: /no-such-host\.invalid/,
    fix: /API_ENDPOINT|DNS/,
  },
  'a proxy that is no address': {
    settings: () => ({ HTTPS_PROXY: 'http://:x' }),
    check: 'config',
    code: 6,
    detail: /HTTPS_PROXY/,
    fix: /write it as http:/,
  },
  'a proxy where nothing listens': {
    settings: () => ({ AUTHORITY: `https://${strange}.ciamlogin.com/`, HTTPS_PROXY: 'http://127.0.0.1:1' }),
    check: 'proxy',
    code: 7,
    detail: /127\.0\.0\.1:1/,
    fix: /HTTPS_PROXY/,
  },
  'an authority that nobody here vouches for': {
    settings: () => ({ CA_FILE: '' }),
    check: 'TLS',
    code: 7,
    detail: /an authority that is not trusted here/,
    fix: /CA_FILE/,
  },
  'an authority where nothing listens': {
    settings: () => ({ AUTHORITY: `https://localhost:1/${strange}` }),
    check: 'TLS',
    code: 7,
    detail: /nothing listens/,
    fix: /npm run up/,
  },
  'an API that is not running': {
    settings: () => ({ API_ENDPOINT: 'https://localhost:1/api/todolist' }),
    check: 'API',
    code: 7,
    detail: /nothing listens/,
    fix: /npm run up/,
  },
  'a tenant that does not exist': {
    settings: () => ({ AUTHORITY: `${parts.stack.tenant.origin}/${strange}` }),
    check: 'discovery',
    code: 4,
    detail: /there is no such tenant/,
    fix: /AUTHORITY/,
  },
  'an authority that is some web site': {
    settings: () => ({ AUTHORITY: new URL(`/${strange}`, parts.gateway.endpoint).href }),
    check: 'discovery',
    code: 6,
    detail: /holds no OpenID configuration/,
    fix: /AUTHORITY/,
  },
  'an authority that is out of order': {
    make: tenantFault({ where: 'discovery', status: 503 }),
    check: 'discovery',
    code: 8,
    detail: /503/,
  },
  'an authority that cuts connections': {
    make: tenantFault({ where: 'discovery', action: 'reset' }),
    check: 'TLS',
    code: 7,
    detail: /closed the connection/,
  },
  'a wrong secret': {
    settings: () => ({ CLIENT_SECRET: `${parts.settings['CLIENT_SECRET']}x` }),
    check: 'credential',
    code: 4,
    detail: /the client secret is wrong/,
    fix: /copy the Value of a secret/,
  },
  'the id of a secret': {
    settings: () => ({ CLIENT_SECRET: strange }),
    check: 'credential',
    code: 4,
    detail: /so it is the Secret ID and not the Value/,
    fix: /copy the Value/,
  },
  'a secret that has expired': {
    make: () => {
      const { clock } = parts.stack.tenant
      clock.advance({ days: 1000 })
      return () => clock.release()
    },
    check: 'credential',
    code: 4,
    detail: /the client secret has expired/,
    fix: /npm run up/,
  },
  'a certificate that nobody registered': {
    settings: () => ({ CLIENT_SECRET: '', CERT: stranger.pem }),
    check: 'credential',
    code: 4,
    detail: /does not match a certificate registered/,
    fix: /compare the thumbprint/,
  },
  'a file of the secret that is not there': {
    settings: () => ({ CLIENT_SECRET: '', CLIENT_SECRET_FILE: '/nowhere/secret' }),
    check: 'credential',
    code: 6,
    detail: /secret of CLIENT_SECRET_FILE cannot be read/,
  },
  'an application that is disabled': {
    make: changed('servicePrincipals', 'ciam-client-app', [{ accountEnabled: false }, { accountEnabled: true }]),
    check: 'token',
    code: 4,
    detail: /the application is disabled/,
    fix: /enable it/,
  },
  'an API that is disabled': {
    make: changed('servicePrincipals', 'ciam-ToDoList-api', [{ accountEnabled: false }, { accountEnabled: true }]),
    check: 'token',
    code: 6,
    detail: /the API is disabled/,
    fix: /enable the enterprise application/,
  },
  'an unknown application': {
    settings: () => ({ CLIENT_ID: strange }),
    check: 'token',
    code: 4,
    detail: /no application with this CLIENT_ID/,
    fix: /CLIENT_ID and AUTHORITY belong together/,
  },
  'an unknown API': {
    settings: () => ({ SCOPES: `api://${strange}/.default` }),
    check: 'token',
    code: 6,
    detail: /the API of SCOPES is not known/,
    fix: /SCOPES/,
  },
  'a token service that throttles': {
    make: tenantFault({ where: 'token', status: 429, retryAfter: 60 }),
    check: 'token',
    code: 8,
    detail: /throttles/,
  },
  'a token for another API': {
    settings: () => ({ SCOPES: 'https://graph.microsoft.com/.default' }),
    check: 'roles',
    code: 5,
    detail: /the token has no app roles/,
    fix: /admin consent/,
  },
  'a wrong path of the API': {
    settings: () => ({ API_ENDPOINT: `${parts.gateway.endpoint}s` }),
    check: 'API',
    code: 3,
    detail: /404/,
    fix: /API_ENDPOINT/,
  },
  'another program at the address of the API': {
    settings: () => ({ API_ENDPOINT: new URL('/openapi.json', parts.gateway.endpoint).href }),
    check: 'API',
    code: 1,
    detail: /did not send a to-do list/,
    fix: /API_ENDPOINT/,
  },
  'an API that is out of order': {
    make: apiAnswers({ status: 503, retryAfter: 300 }),
    check: 'API',
    code: 8,
    detail: /503/,
  },
  'an API that throttles': {
    make: apiAnswers({ status: 429, retryAfter: 300 }),
    check: 'API',
    code: 8,
    detail: /429/,
  },
  // The last one: nobody grants it again.
  'a consent that was withdrawn': {
    make: async () => {
      const { graph } = parts.stack
      const named = "/servicePrincipals?$filter=displayName%20eq%20'ciam-ToDoList-api'"
      const [api] = (await graph.list(named)) as { id: string }[]
      const assigned = `/servicePrincipals/${api?.id}/appRoleAssignedTo`
      for (const { id } of (await graph.list(assigned)) as { id: string }[])
        await graph.send({ method: 'DELETE', path: `${assigned}/${id}` })
      return () => undefined
    },
    check: 'roles',
    code: 5,
    detail: /the token has no app roles/,
    fix: /npm run up/,
  },
}

for (const [title, { settings = () => ({}), make = () => () => undefined, check, code, detail, fix }] of Object.entries(
  faults,
)) {
  test(`bar 8: doctor finds ${title} and says what mends it`, async () => {
    const undo = await make()
    const env = { ...parts.settings, ...parts.clock.env, ...settings() }
    const ended = await node([program, 'doctor', '-o', 'json'], { env, cwd: parts.folder })
    await undo()
    const rows = JSON.parse(ended.stdout) as { check: string; status: string; detail: string; fix: string }[]
    const found = rows.find(({ status }) => status === 'failed') ?? rows.find(({ status }) => status === 'warning')
    assert.equal(found?.check, check, ended.stdout)
    assert.match(found.detail, detail)
    assert.match(found.fix, fix ?? /./)
    assert.equal(ended.code, code, ended.stderr)
  })
}
