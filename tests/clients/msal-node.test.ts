import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { assertAcquired } from './acquisition.js'
import { type AuthorityForm, authorityForms, type FormName } from './authority-forms.js'
import { assertions, type Credential, certificates, certificatesBySha1, secrets } from './credentials.js'
import { createMsalNetwork } from './msal-network.js'
import { acquireTwice, type Major, type Msal, majors } from './msal-node.js'
import { openTenant, type TenantUnderTest } from './tenant-under-test.js'

/** What a version does with a form of the authority. */
interface Row {
  /** What it asks, in this order. */
  readonly asks: readonly string[]
  /** The versions that do not take the tenant's issuer for this authority: they stop after the first question. */
  readonly refusedBy?: readonly Major[]
}

const all: readonly Major[] = ['2', '3', '5', '7']
/** Since 5.2.1 the issuer in the metadata has to fit the authority (msal-common, pull request 8570). */
const sinceIssuersAreChecked: readonly Major[] = ['5', '7']

const metadata = 'v2.0/.well-known/openid-configuration'
const token = 'oauth2/v2.0/token'
const instance = 'login.microsoftonline.com/common/discovery/instance'
const domain = 'contoso.onmicrosoft.com'
const byDomain = [`GET contoso.ciamlogin.com/${domain}/${metadata}`, `POST contoso.ciamlogin.com/<tid>/${token}`]
const byId = [`GET contoso.ciamlogin.com/<tid>/${metadata}`, `POST contoso.ciamlogin.com/<tid>/${token}`]
const local = [`GET localhost:<port>/<tid>/${metadata}`, `POST localhost:<port>/<tid>/${token}`]

const rows: Readonly<Record<FormName, Row>> = {
  '<sub>.ciamlogin.com/': { asks: byDomain, refusedBy: sinceIssuersAreChecked },
  '<sub>.ciamlogin.com/ with <sub>.ciamlogin.com known': { asks: byDomain, refusedBy: sinceIssuersAreChecked },
  '<sub>.ciamlogin.com/ with <tid>.ciamlogin.com known': { asks: byDomain },
  '<sub>.ciamlogin.com/<sub>.onmicrosoft.com': { asks: byDomain, refusedBy: sinceIssuersAreChecked },
  '<sub>.ciamlogin.com/<tid>': { asks: byId },
  '<sub>.ciamlogin.com/<tid>/v2.0': { asks: byId },
  '<sub>.ciamlogin.com:<port>/<tid>': {
    asks: [`GET contoso.ciamlogin.com:<port>/<tid>/${metadata}`, `POST contoso.ciamlogin.com:<port>/<tid>/${token}`],
  },
  // With a port the host is no ciamlogin host to MSAL, so it puts the authority's own path into the token endpoint.
  '<sub>.ciamlogin.com:<port>/<sub>.onmicrosoft.com': {
    asks: [
      `GET contoso.ciamlogin.com:<port>/${domain}/${metadata}`,
      `POST contoso.ciamlogin.com:<port>/${domain}/${token}`,
    ],
    refusedBy: sinceIssuersAreChecked,
  },
  // MSAL makes a domain of the host's first part, and this tenant goes by one domain only. What the real service says to
  // <tid>.onmicrosoft.com is not known; a stand-in that answered every path got a token out of every version.
  '<tid>.ciamlogin.com/': { asks: [`GET <tid>.ciamlogin.com/<tid>.onmicrosoft.com/${metadata}`], refusedBy: all },
  '<tid>.ciamlogin.com/<tid>': {
    asks: [`GET <tid>.ciamlogin.com/<tid>/${metadata}`, `POST <tid>.ciamlogin.com/<tid>/${token}`],
  },
  // MSAL knows this host's endpoints by heart.
  'login.microsoftonline.com/<tid>': { asks: [`POST login.microsoftonline.com/<tid>/${token}`] },
  'localhost:<port>/<tid>': { asks: local },
  'localhost:<port>/<sub>.onmicrosoft.com': {
    asks: [`GET localhost:<port>/${domain}/${metadata}`, `POST localhost:<port>/${domain}/${token}`],
  },
  // No tenant in the path, hence none that could answer.
  'localhost:<port>/': { asks: [`GET localhost:<port>/${metadata}`], refusedBy: all },
  // Asks Microsoft whether the host can be trusted, and gets no answer on a machine that is by itself.
  'localhost:<port>/<tid> with localhost known, without its port': { asks: [`GET ${instance}`], refusedBy: all },
  // The tenant answers in Microsoft's name that its host can be trusted.
  'localhost:<port>/<tid> with nothing known, and Microsoft asked': { asks: [`GET ${instance}`, ...local] },
  'localhost:<port>/<tid> with nothing known': { asks: [`GET ${instance}`], refusedBy: all },
  'localhost:<port>/<tid>/v2.0 as an OpenID provider': { asks: local },
}

const ordinary = await openTenant()
after(() => ordinary[Symbol.asyncDispose]())

const credentials = { ...secrets, ...certificates, ...certificatesBySha1, ...assertions }

for (const [major, load] of Object.entries(majors) as [Major, () => Promise<Msal>][]) {
  const msal = await load()
  for (const [name, { asks, refusedBy = [] }] of Object.entries(rows) as [FormName, Row][]) {
    const form: AuthorityForm = authorityForms[name]
    if (refusedBy.includes(major)) {
      test(`MSAL Node ${msal.version} does not take ${name}`, async () => {
        const { network, acquisition } = await acquire(ordinary, msal, form, credentials['a secret'])
        assert.deepEqual(acquisition, { outcome: 'refused', error: 'endpoints_resolution_error', code: null })
        assert.deepEqual(network.requests, asks.slice(0, 1))
      })
      continue
    }
    for (const [proof, credential] of Object.entries(credentials)) {
      test(`MSAL Node ${msal.version} at ${name} with ${proof}`, async () => {
        const { network, acquisition } = await acquire(ordinary, msal, form, credential)
        const { leadsTo } = credential
        assertAcquired(acquisition, ordinary, { issuer: form.issuer(ordinary.tenant), leadsTo, cached: true })
        // A second call that is answered from the cache adds nothing to the list.
        assert.deepEqual(network.requests, asks)
      })
    }
  }
}

const lenient = await openTenant({ issuerHost: 'as-asked' })
after(() => lenient[Symbol.asyncDispose]())

/** What the versions that look at the issuer refuse of an ordinary tenant. */
const refusedOtherwise = ['<sub>.ciamlogin.com/', '<sub>.ciamlogin.com/<sub>.onmicrosoft.com'] as const

for (const major of sinceIssuersAreChecked) {
  const msal = await majors[major]()
  for (const name of refusedOtherwise) {
    test(`MSAL Node ${msal.version} at ${name} of a tenant whose issuer has the host as asked`, async () => {
      const credential = secrets['a secret']
      const { network, acquisition } = await acquire(lenient, msal, authorityForms[name], credential)
      const issuer = `https://contoso.ciamlogin.com/${lenient.tenant.tenantId}/v2.0`
      assertAcquired(acquisition, lenient, { issuer, leadsTo: credential.leadsTo, cached: true })
      assert.deepEqual(network.requests, rows[name].asks)
    })
  }
}

async function acquire(open: TenantUnderTest, msal: Msal, form: AuthorityForm, credential: Credential) {
  const { tenant, daemon, api } = open
  const network = createMsalNetwork(tenant, { offline: form.offline ?? false })
  const acquisition = await acquireTwice(msal, {
    authority: form.authority(tenant),
    known: form.known?.(tenant),
    oidc: form.oidc ?? false,
    clientId: daemon.clientId,
    proof: credential.proof(open),
    scope: api.scope,
    network,
  })
  return { network, acquisition }
}
