import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { type JsonMembers, readJsonObject } from '../src/strict-json.js'

const limits = { depth: 4, members: 10 }
const read = (text: string | Uint8Array) => readJsonObject(Buffer.from(text), limits)

test('an object comes back as its members', () => {
  assert.deepEqual(
    mapOf(read('{"a":1,"b":{"c":[true,null,"x"]}}')),
    new Map<string, unknown>([
      ['a', 1],
      ['b', { c: [true, null, 'x'] }],
    ]),
  )
})

test('a member named __proto__ is a member, and nothing is inherited', () => {
  const members = read('{"__proto__":1}')
  assert.deepEqual(Object.entries(members), [['__proto__', 1]])
  assert.equal(members['toString'], undefined)
})

test('a name that some program put on every object is no member, and a member twice is still found', () => {
  const everyObject = Object.getPrototypeOf({}) as object
  Object.defineProperty(everyObject, 'everywhere', { value: {}, enumerable: true, configurable: true })
  try {
    assert.deepEqual(Object.keys(read('{"a":{"b":[{"c":1},null]}}')), ['a'])
    assert.equal('everywhere' in read('{}'), false)
    for (const text of ['{"a":1,"a":2}', '{"x":{"a":1,"a":2}}']) assert.throws(() => read(text), SyntaxError)
  } finally {
    Reflect.deleteProperty(everyObject, 'everywhere')
  }
})

test('the same name is fine in different objects, in values and in lists', () => {
  assert.deepEqual(Object.keys(read('{"a":{"a":"a"},"b":["a","a",{"a":1},{"a":2}]}')), ['a', 'b'])
})

suite('text that could be read in two ways is refused', () => {
  const refused: Record<string, string | Uint8Array> = {
    'a member twice': '{"a":1,"a":2}',
    'a member twice behind a nested object': '{"a":{"b":[1]},"a":2}',
    'a member twice in an object in a list': '{"x":[0,{"a":1,"a":2}]}',
    'a member twice, once escaped': '{"a":1,"\\u0061":2}',
    'a member twice, behind a value with quotes and brackets': '{"a":"\\\\\\"},{\\"","a":2}',
    'an empty name twice': '{"":1,"":2}',
    'five levels': '{"a":[[[[1]]]]}',
    'eleven members': JSON.stringify(Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`m${n}`, n]))),
    'a byte-order mark': '\uFEFF{}',
    'invalid UTF-8': Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    'an overlong encoding': Uint8Array.of(0x7b, 0x22, 0xc1, 0xa1, 0x22, 0x3a, 0x31, 0x7d),
    'a list': '[]',
    null: 'null',
    'a number': '1',
    nothing: '',
    'an open string': '{"a',
    'an open escape': '{"a\\',
    'text behind the object': '{}{}',
    'a comment': '{/* */}',
    'single quotes': "{'a':1}",
  }
  for (const [name, text] of Object.entries(refused)) {
    test(name, () => assert.throws(() => read(text), SyntaxError))
  }
})

test('a megabyte of opening brackets is refused without a deep call stack', () => {
  assert.throws(() => read('['.repeat(1_000_000)), /nested too deeply/)
})

test('whatever JSON.stringify writes within the limits is read back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (object) => {
      const text = JSON.stringify(object)
      const members = readJsonObject(Buffer.from(text), { depth: 10, members: 10_000 })
      assert.deepEqual(mapOf(members), new Map(Object.entries(JSON.parse(text) as Record<string, unknown>)))
    }),
    { numRuns: 500 },
  )
})

function mapOf(members: JsonMembers): Map<string, unknown> {
  return new Map(Object.entries(members))
}
