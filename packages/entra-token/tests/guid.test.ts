import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGuid } from '../src/guid.js'

const guid = '0189abcf-aaaa-4bbb-8ccc-0000000000ff'

test('a GUID is one as Entra writes it', () => {
  assert.ok(isGuid(guid))
  for (const value of [
    '',
    `{${guid}}`,
    `${guid}0`,
    guid.slice(1),
    guid.replaceAll('-', '0'),
    1,
    null,
    undefined,
    [guid],
  ]) {
    assert.equal(isGuid(value), false, String(value))
  }
})

test('each of its characters is looked at', () => {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
  const characters = [...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)), '\u0130', '\uff10']
  for (let at = 0; at < guid.length; at++) {
    for (const character of characters) {
      const text = guid.slice(0, at) + character + guid.slice(at + 1)
      assert.equal(isGuid(text), shape.test(text), JSON.stringify(text))
    }
  }
})
