import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { select } from '../../src/output/query.js'
import { render } from '../../src/output/render.js'

const look = { bold: false, columns: undefined }
const rows = [
  { id: 1, description: 'a, "b"\nc', owner: null },
  { id: 20, description: ' padded', extra: ['x'] },
]

test('csv quotes what would break a line or lose its blanks, and has a column for each member', () => {
  assert.equal(render(rows, 'csv', look), 'id,description,owner,extra\n1,"a, ""b""\nc",,\n20," padded",,"[""x""]"\n')
  assert.equal(render({ a: 1 }, 'csv', look), 'a\n1\n')
  assert.equal(render(['x', 'y,z'], 'csv', look), 'x\n"y,z"\n')
  assert.equal(render([], 'csv', look), '')
})

test('ndjson has a line for each element, yaml the same value', () => {
  assert.equal(render(rows, 'ndjson', look), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  assert.equal(render({ a: 1 }, 'ndjson', look), '{"a":1}\n')
  const awkward = { yes: 'no', number: '1', long: 'word '.repeat(50), line: 'a\nb' }
  assert.deepEqual(parse(render(awkward, 'yaml', look)), awkward)
})

test('a table has columns, cuts lines at the edge of the terminal and obeys no escape sequence of the API', () => {
  const list = [
    { id: 1, text: 'short' },
    { id: 20, text: '\u001b[31mred\u001b[0m and long' },
  ]
  assert.equal(render(list, 'table', look), 'id  text\n1   short\n20  [31mred [0m and long\n')
  assert.equal(
    render(list, 'table', { bold: true, columns: 10 }),
    '\u001b[1mid  text\u001b[22m\n1   short\n20  [31mr…\n',
  )
  assert.equal(render({ kind: 'app', roles: ['a'] }, 'table', look), 'kind   app\nroles  ["a"]\n')
  assert.equal(render('text', 'table', look), 'text\n')
  assert.equal(render(['a', 1], 'table', look), 'a\n1\n')
  assert.equal(render([], 'table', look), '')
})

test('none prints nothing, and nothing prints nothing', () => {
  assert.equal(render(rows, 'none', look), '')
  assert.equal(render(undefined, 'yaml', look), '')
})

test('a query selects, and one that is none is refused', () => {
  assert.deepEqual(select(rows, '[?id > `10`].description'), [' padded'])
  assert.equal(select({ a: undefined }, 'a'), null)
  for (const wrong of ['[?', 'unknown(@)', 'abs(`"x"`)'])
    assert.throws(() => select(rows, wrong), { message: /^wrong command line: --query is not a JMESPath expression/ })
})
