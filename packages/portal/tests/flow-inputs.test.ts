import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectionOf, inputFor, optionsIn, shortName } from '../src/pages/user-flows/flow-inputs.js'

const news = {
  id: `extension_${'a'.repeat(32)}_News`,
  displayName: 'News',
  description: '',
  userFlowAttributeType: 'custom',
  dataType: 'boolean',
} as const

test('an attribute is asked for by its name, true or false by a checkbox', () => {
  const input = inputFor(news)
  assert.deepEqual([input.label, input.inputType, input.required], ['News', 'boolean', false])
  const { attributes, attributeCollectionPage } = collectionOf([input])
  assert.deepEqual([attributes, attributeCollectionPage.views[0]?.inputs], [[{ id: news.id }], [input]])
})

test('choices are read line by line, without what is empty', () => {
  assert.deepEqual(optionsIn(' a \n\nb\n'), [
    { name: 'a', value: 'a' },
    { name: 'b', value: 'b' },
  ])
})

test('an attribute of the tenant is called without the id of its application', () => {
  assert.equal(shortName(news.id), 'extension_…_News')
  assert.equal(shortName('city'), 'city')
})
