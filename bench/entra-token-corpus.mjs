import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attackCorpus } from '@tenantry/entra-token/testing'
import { root } from './measure.mjs'
import { installPeers } from './peers/install.mjs'

const readme = join(root, 'packages/entra-token/README.md')
const [begin, end] = ['<!-- corpus: written by npm run bench -- entra-token-corpus -->', '<!-- end of corpus -->']

const groups = {
  A: 'shape',
  B: 'header',
  C: 'key ids',
  D: 'signature',
  E: 'time',
  F: 'issuer, tenant, audience',
  G: 'kind and permissions',
  H: 'payload',
}

/** Every token of the attack corpus given to each library; the table in the README of entra-token is written anew. */
export async function run() {
  await installPeers(join(root, 'bench/validators'))
  const { contenders, startTenant } = await import('./validators/contenders.mjs')
  const world = await startTenant()
  try {
    const libraries = await contenders(world)
    const cases = attackCorpus(world.tenant).filter(({ token }) => token !== null)
    // A library that refuses everything would shine in the table.
    const ordinary = world.tenant.app({ roles: ['ToDoList.Read.All'] })
    for (const check of Object.values(libraries)) await check(ordinary)
    const accepted = {}
    for (const [name, check] of Object.entries(libraries)) accepted[name] = await acceptedCases(check, cases)
    const table = tableOf(cases, accepted)
    console.log(table)
    const text = readFileSync(readme, 'utf8')
    const [before, rest] = text.split(begin)
    if (rest === undefined) throw new Error(`${readme} has no place for the table: ${begin}`)
    writeFileSync(readme, `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1]}`)
  } finally {
    world.close()
  }
}

async function acceptedCases(check, cases) {
  const accepted = new Set()
  for (const attack of cases) {
    // A case that never gets an answer is no acceptance; two seconds are long for one token.
    const outcome = await Promise.race([
      Promise.resolve()
        .then(() => check(attack.token))
        .then(
          () => true,
          () => false,
        ),
      soon(),
    ])
    if (outcome) accepted.add(attack)
  }
  return accepted
}

function soon() {
  return new Promise((resolve) => {
    setTimeout(resolve, 2_000, false).unref()
  })
}

function tableOf(cases, accepted) {
  const names = Object.keys(accepted)
  const rows = Object.entries(groups).map(([letter, title]) => {
    const attacks = cases.filter(({ id, expected }) => id.startsWith(letter) && expected.status !== 200)
    const counts = names.map((name) => attacks.filter((attack) => accepted[name].has(attack)).length)
    return [`${letter}: ${title}`, attacks.length, ...counts]
  })
  const sums = rows[0].slice(1).map((_, column) => rows.reduce((sum, row) => sum + row[column + 1], 0))
  const unusual = cases.filter(({ expected }) => expected.status === 200)
  const refused = names.map((name) => unusual.filter((fine) => !accepted[name].has(fine)).length)
  const head = ['attacks accepted', 'of', ...names]
  const lines = [
    head,
    head.map(() => '---'),
    ...rows,
    ['all attacks', ...sums],
    ['good but unusual tokens refused', unusual.length, ...refused],
  ]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}
