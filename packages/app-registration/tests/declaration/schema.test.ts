import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { DeclarationError, readDeclaration } from '../../src/declaration/read-declaration.js'
import { declarationSchema } from '../../src/declaration/shapes.js'
import { api, daemon, tutorial } from '../declarations.js'

const published: unknown = JSON.parse(
  readFileSync(new URL('../../../schema/tenantry.apps.schema.json', import.meta.url), 'utf8'),
)
const accepts = new Ajv({ unicodeRegExp: true }).compile(declarationSchema)

test('the published schema is the one that the reader is made from', () => {
  assert.deepEqual(published, JSON.parse(JSON.stringify(declarationSchema)))
})

/** What the reader says of shape alone: it looks for contradictions only afterwards, and says so in other words. */
function readerAccepts(document: unknown): boolean {
  try {
    readDeclaration(JSON.stringify(document), 'apps.json', () => assert.fail('no file is named'))
    return true
  } catch (error) {
    assert.ok(error instanceof DeclarationError)
    return error.mistakes.every(({ words }) => words.startsWith('application '))
  }
}

const full = {
  ...api,
  redirectUris: { web: ['https://localhost/a'], spa: [], publicClient: ['a://b'] },
  preAuthorizedApplications: [{ application: 'ciam-client-app', delegatedScopes: ['ToDoList.Read'] }],
  certificate: { displayName: 'x', lifetimeDays: 365, renewBeforeDays: 60 },
  federatedCredentials: [{ name: 'ci-main', issuer: 'https://token.example', subject: 'main' }],
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Every place of a document. */
function places(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...entries.flatMap(([step, item]) => places(item, [...path, step]))]
}

function withValue(document: Json, [step, ...rest]: (string | number)[], value: Json | undefined): Json | undefined {
  if (step === undefined) return value
  if (Array.isArray(document)) {
    return document.flatMap((item, index) => {
      const next = index === step ? withValue(item, rest, value) : item
      return next === undefined ? [] : [next]
    })
  }
  if (typeof document !== 'object' || document === null) return document
  const { [step]: before = null, ...others } = document
  const next = withValue(before, rest, value)
  return next === undefined ? others : { ...others, [step]: next }
}

const documents: Json[] = [tutorial, { $schema: 'x', applications: [full, daemon] }].map(
  (document) => JSON.parse(JSON.stringify(document)) as Json,
)
const anything = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.integer({ min: -1, max: 1000 }),
  fc.constantFrom<Json>(
    '',
    'a',
    'a\nb',
    '.x',
    'Admin',
    'appId',
    'api://x',
    '𝒳'.repeat(120),
    {},
    [],
    [[]],
    { file: 7 },
    1.5,
  ),
)

test('the schema accepts exactly what the reader accepts', () => {
  const mutation = fc.constantFrom(...documents).chain((document) =>
    fc.record({
      document: fc.constant(document),
      changes: fc.array(fc.tuple(fc.constantFrom(...places(document)), anything), { minLength: 0, maxLength: 2 }),
    }),
  )
  fc.assert(
    fc.property(mutation, ({ document, changes }) => {
      const changed = changes.reduce<Json>((all, [path, value]) => withValue(all, path, value) ?? all, document)
      assert.equal(readerAccepts(changed), accepts(changed), JSON.stringify(changed))
    }),
    { numRuns: 2000 },
  )
})
