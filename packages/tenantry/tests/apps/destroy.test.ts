import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { clientCredentialsToken, createGraphClient } from '@tenantry/app-registration'
import { applyApps } from '../../src/apps/apply.js'
import { destroyApps } from '../../src/apps/destroy.js'
import { apiName, daemonName, tutorialApps } from '../../src/tutorial/apps.js'
import { here, surroundings } from './place.js'

const place = await here()
after(() => place[Symbol.asyncDispose]())
const { data, options, tenant } = place
const ca = tenant.ca.root
const scope = 'https://graph.microsoft.com/.default'
const accessToken = clientCredentialsToken({ authority: tenant.authority, ...tenant.administrator, scope, ca })
const graph = createGraphClient({ baseUrl: tenant.graph, accessToken, ca })

/** Made by somebody else; the first of them bears the name of one of ours, the second is adopted. */
const namesake = tenant.apps.add({ displayName: daemonName })
const adopted = tenant.apps.add({ displayName: 'theirs' })
const file = join(data, 'mine.json')
const theirs = { uniqueName: 'theirs', displayName: 'theirs', appId: adopted.appId, identifierUri: 'appId' }
writeFileSync(file, JSON.stringify({ applications: [...tutorialApps().applications, theirs] }))

async function apply(): Promise<void> {
  const { around } = surroundings()
  assert.equal(await applyApps({ ...options, file, output: 'text', dryRun: false }, around), 0)
}

async function destroy(changes: { purge?: boolean; yes?: boolean } = {}, answer: boolean | null = null) {
  const { around, said } = surroundings(answer)
  const { file: _, ...where } = options
  const code = await destroyApps({ ...where, yes: true, purge: false, ...changes }, around)
  return { code, ...said }
}

const ids = (objects: readonly unknown[]) => objects.map((object) => (object as { appId: string }).appId).toSorted()
const registered = async () => ids(await graph.list('/applications?$select=appId'))
const principals = async () => ids(await graph.list('/servicePrincipals?$select=appId'))
const deleted = async () => ids(await graph.list('/directory/deletedItems/microsoft.graph.application?$select=appId'))
const recorded = () =>
  Object.keys(
    (JSON.parse(readFileSync(join(data, 'apps.state.json'), 'utf8')) as { applications: object }).applications,
  )

test('what was registered from here goes, with its files; everything else stays, also of the same name', async () => {
  const [before, principalsBefore] = [await registered(), await principals()]
  await apply()
  const ours = (await registered()).filter((appId) => !before.includes(appId))
  assert.equal(ours.length, 2)
  assert.deepEqual(recorded().toSorted(), [apiName, daemonName, 'theirs'].toSorted())

  const { code, stdout, terminal, questions } = await destroy()
  assert.deepEqual([code, stdout, questions], [0, '', []])
  assert.deepEqual(terminal.split('\n'), [
    '  theirs existed before and stays',
    `✓ ${daemonName}: deleted`,
    `✓ ${apiName}: deleted`,
    '',
  ])
  assert.deepEqual(await registered(), before)
  assert.ok(before.includes(namesake.appId) && before.includes(adopted.appId))
  assert.deepEqual(await principals(), principalsBefore)
  assert.deepEqual(await deleted(), ours)
  assert.deepEqual(recorded(), ['theirs'])
  for (const name of [`${daemonName}.env`, `${daemonName}.secret`, `${apiName}.env`]) {
    assert.ok(!existsSync(join(data, name)), name)
  }
  assert.ok(!readFileSync(join(data, 'secrets.json'), 'utf8').includes(daemonName))
})

test('a second run says that nothing is left, and asks nothing', async () => {
  const before = await registered()
  const { code, terminal, questions } = await destroy({ yes: false }, true)
  assert.deepEqual([code, questions], [0, []])
  const nothing = `Nothing to destroy: no application was registered from ${data}`
  assert.deepEqual(terminal.split('\n'), ['  theirs existed before and stays', nothing, ''])
  assert.deepEqual(await registered(), before)
})

test('with --purge and a yes they are gone for good, and one that somebody deleted meanwhile is no obstacle', async () => {
  const [before, deletedBefore] = [await registered(), await deleted()]
  await apply()
  const ours = (await registered()).filter((appId) => !before.includes(appId))
  assert.equal(ours.length, 2)
  const [api] = await graph.list(`/applications?$filter=uniqueName eq '${apiName}'&$select=id`.replaceAll(' ', '%20'))
  await graph.send({ method: 'DELETE', path: `/applications/${(api as { id: string }).id}` })

  const { code, terminal, questions } = await destroy({ yes: false, purge: true }, true)
  assert.equal(code, 0)
  assert.deepEqual(questions, [`Delete these applications for good in contoso at ${tenant.origin}?`])
  assert.ok(terminal.endsWith(`✓ ${daemonName}: deleted for good\n✓ ${apiName}: was gone already for good\n`), terminal)
  assert.deepEqual(await registered(), before)
  assert.deepEqual(await deleted(), deletedBefore)
})

test('after it, apply registers them anew', async () => {
  await apply()
  assert.deepEqual(recorded().toSorted(), [apiName, daemonName, 'theirs'].toSorted())
  assert.equal((await destroy()).code, 0)
})
