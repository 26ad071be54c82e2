import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Acquisition, assertAcquired } from './acquisition.js'
import { type AuthorityForm, authorityForms, type FormName } from './authority-forms.js'
import type { Bench } from './bench.js'
import type { Credential, Credentials } from './credentials.js'
import type { Environment } from './program.js'
import { asEnvironment } from './proof.js'

/** A client library in a program of its own, and what becomes of it at each form of the authority. */
export interface ProgramClient {
  /** With its version. */
  readonly name: string
  readonly command: readonly string[]
  /** Whether its second call is answered from a cache of its own, unless a row says otherwise. */
  readonly caches: boolean
  /** What it can prove itself with. */
  readonly credentials: Credentials
  /** What it is told in every row beside authority, client and scope. */
  readonly told?: Environment
  readonly rows: readonly Row[]
}

export interface Row {
  readonly form: FormName
  /** What it is told in this row only. */
  readonly told?: Environment
  readonly caches?: boolean
  /** Its own word for why it does not take this form, before a token was asked for. */
  readonly refusal?: string
  /** The hosts to which the client opens tunnels, all of which end at the tenant; not looked at unless given. */
  readonly tunnels?: readonly string[]
}

/** For a client that asks Microsoft whether the authority can be trusted, and hears the tenant's answer. */
export const microsoft = 'login.microsoftonline.com:443'

/**
 * Every credential at the first row that leads to a token; at the other rows those that the authority has a part in. And
 * nothing may have been asked of a host that is not the tenant's.
 */
export function prove(bench: Bench, client: ProgramClient): void {
  const { name, rows, credentials } = client
  const first = rows.find(({ refusal }) => refusal === undefined)
  const proofs = Object.entries(credentials)
  const tests = rows.flatMap((row) =>
    proofs
      .filter(([, { everywhere }]) => row === first || everywhere === true)
      .map(([proof, credential]) => ({ row, proof, credential })),
  )
  suite(name, { concurrency: 2 }, () => {
    for (const { row, proof, credential } of tests.filter(({ row: { tunnels } }) => tunnels === undefined)) {
      test(sentence(name, row, proof), () => proveRow(bench, client, row, credential))
    }
  })
  // One after the other, so that every tunnel is the row's own.
  for (const { row, proof, credential } of tests.filter(({ row: { tunnels } }) => tunnels !== undefined)) {
    test(sentence(name, row, proof), async () => {
      const before = bench.proxy.tunnels.length
      await proveRow(bench, client, row, credential)
      assert.deepEqual([...new Set(bench.proxy.tunnels.slice(before))], row.tunnels)
    })
  }
  test(`${name} asked for no host that is not the tenant's`, () => assert.deepEqual(bench.proxy.refused, []))
}

async function proveRow(bench: Bench, client: ProgramClient, row: Row, credential: Credential): Promise<void> {
  assertOutcome(await run(bench, client, row, credential), bench, { caches: client.caches, ...row }, credential)
}

function sentence(name: string, { form, told, refusal, tunnels }: Row, proof: string): string {
  const options = told === undefined ? '' : ` (${new URLSearchParams(told).toString()})`
  const asked = tunnels === undefined ? '' : ` asking ${tunnels.join(' and ')}`
  return `${name} ${refusal === undefined ? 'at' : 'does not take'} ${form}${options}${asked} with ${proof}`
}

function run(bench: Bench, { command, told }: ProgramClient, row: Row, credential: Credential): Promise<Acquisition> {
  const { tenant, daemon, api } = bench.open
  const form: AuthorityForm = authorityForms[row.form]
  const known = form.known?.(tenant)
  return bench.run(command, {
    AUTHORITY: form.authority(tenant),
    ...(form.oidc === true ? { AUTHORITY_KIND: 'oidc' } : {}),
    ...(known === undefined ? {} : { KNOWN_AUTHORITY: known }),
    CLIENT_ID: daemon.clientId,
    ...asEnvironment(credential.proof(bench.open)),
    SCOPE: api.scope,
    ...told,
    ...row.told,
  })
}

function assertOutcome(
  acquisition: Acquisition,
  { open }: Bench,
  { form, caches: cached, refusal }: Row & { caches: boolean },
  { leadsTo }: Credential,
): void {
  if (refusal === undefined) {
    assertAcquired(acquisition, open, { issuer: authorityForms[form].issuer(open.tenant), leadsTo, cached })
  } else {
    assert.deepEqual(acquisition, { outcome: 'refused', error: refusal, code: null })
  }
}
