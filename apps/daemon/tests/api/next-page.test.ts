import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPage } from '../../src/api/next-page.js'

const from = new URL('https://api.example/api/todolist?limit=2')
const read = (link?: string) =>
  nextPage({ status: 200, headers: link === undefined ? {} : { link }, text: '' }, from)?.href

test('the next page is found among other links, relative or absolute', () => {
  const next = 'https://api.example/api/todolist?limit=2&cursor=x'
  assert.equal(read('<?limit=2&cursor=x>; rel="next"'), next)
  assert.equal(read(`<${next}>; rel=next`), next)
  assert.equal(read('</a>; rel="first", </api/todolist?limit=2&cursor=x>; title="n"; rel="next"'), next)
})

test('without such a link the page is the last', () => {
  for (const link of [undefined, '', '</api/todolist>; rel="prev"', '</api/todolist?x>; rel="nextish"', 'nonsense'])
    assert.equal(read(link), undefined)
})

for (const link of [
  'https://evil.example/api/todolist?x',
  'http://api.example/api/todolist?x',
  '/api/other?x',
  'https://:x',
  '//evil.example/api/todolist',
]) {
  test(`a next page at ${link} is refused, because the token would go there`, () => {
    assert.throws(() => read(`<${link}>; rel="next"`), {
      message: /cannot be followed: it is not a page of the same list$/,
    })
  })
}

test('a page that names itself as the next would never end and is refused', () => {
  assert.throws(() => read('<?limit=2>; rel="next"'), { message: /it is the page just read$/ })
})
