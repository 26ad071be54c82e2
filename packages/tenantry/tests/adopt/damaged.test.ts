import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { readConfiguration } from '../../src/adopt/configuration-files.js'
import { beyondReach, fit } from '../../src/adopt/fit.js'
import { understand } from '../../src/adopt/programs.js'
import { valuesFor } from '../../src/adopt/values.js'

const root = mkdtempSync(join(tmpdir(), 'adopt damaged '))
after(() => rmSync(root, { recursive: true, force: true }))

const secret = 'qQ8~never-to-be-seen'
const id = 'aaaaaaaa-1111-4222-8333-444444444444'
const files = {
  'App/authConfig.js': `const { A } = process.env
const T = process.env.TENANT_SUBDOMAIN || 'Enter_it_here'
module.exports = { auth: { clientId: process.env.CLIENT_ID || 'x', authority: \`https://\${T}.ciamlogin.com/\`, clientSecret: A || '${secret}' }, scopes: ['api://${id}/Read'] }`,
  'API/appsettings.json': `{ "AzureAd": { "Instance": "https://contoso.ciamlogin.com/", "ClientId": "${id}", "Scopes": "a b", "ClientSecret": "${secret}" } }`,
  'yml/application.yml': `spring.cloud.azure.active-directory:\n  credential: { client-id: x, client-secret: "${secret}" }\n  authorization-clients: { w: { scopes: [api://x/.default] } }\n`,
  'p/application.properties': `spring.security.oauth2.client.registration.a.client-id=x\nspring.security.oauth2.client.registration.a.client-secret=${secret}\n`,
  'e/.env': `CLIENT_ID=x\nCLIENT_SECRET="${secret}\n"\nAUTHORITY=https://login.microsoftonline.com/<t>\n`,
} as const
const pieces = [
  '"',
  "'",
  '`',
  '{',
  '}',
  '[',
  ']',
  '${',
  '\0',
  '\\',
  '&a',
  '*a',
  '---',
  ':',
  '\n',
  '=',
  '||',
  '__proto__',
  '',
]

const cut = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(8),
  put: fc.constantFrom(...pieces),
})
const damage = fc.record(
  Object.fromEntries(Object.keys(files).map((file) => [file, fc.array(cut, { maxLength: 4 })])) as Record<
    keyof typeof files,
    fc.Arbitrary<{ at: number; length: number; put: string }[]>
  >,
)

test('however the files are damaged, something is understood or told, nothing is thrown, and no secret is in what is told', async () => {
  await fc.assert(
    fc.asyncProperty(damage, async (cuts) => {
      for (const [file, whole] of Object.entries(files)) {
        let text: string = whole
        for (const { at, length, put } of cuts[file as keyof typeof files]) {
          const from = Math.floor(at * text.length)
          text = text.slice(0, from) + put + text.slice(from + length)
        }
        mkdirSync(dirname(join(root, file)), { recursive: true })
        writeFileSync(join(root, dirname(file), 'package.json'), '{}')
        writeFileSync(join(root, file), text)
      }
      const configuration = await readConfiguration(root)
      const understanding = understand(root, configuration)
      const fitting = fit(root, understanding)
      const made = { subdomain: 'contoso', tenantId: id, appIds: new Map<string, string>() }
      const passed = fitting.members.flatMap((member) => valuesFor(member, made).passed)
      const told = [...configuration.unread.map(({ why }) => why), ...fitting.decided, ...beyondReach(understanding)]
      for (const text of told) assert.ok(!text.includes(secret.slice(4)), text)
      assert.ok(passed.every(({ variable }) => variable !== ''))
    }),
    { numRuns: 150 },
  )
})
