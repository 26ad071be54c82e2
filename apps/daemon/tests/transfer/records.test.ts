import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { csvLine } from '../../src/output/csv.js'
import { type FileFormat, fileFormat } from '../../src/transfer/file-format.js'
import { readRecords, type ToDoRecord } from '../../src/transfer/records.js'

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  // Whole characters, as a decoder hands them on.
  const letters = Array.from(text)
  for (let from = 0; from < letters.length; from += size) yield letters.slice(from, from + size).join('')
}

async function read(text: string, format: FileFormat, size = 7): Promise<ToDoRecord[]> {
  const records: ToDoRecord[] = []
  for await (const record of readRecords(pieces(text, size), format)) records.push(record)
  return records
}

const writers: Readonly<Record<FileFormat, (records: ToDoRecord[]) => string>> = {
  ndjson: (records) => records.map((record) => `${JSON.stringify(record)}\r\n`).join(''),
  json: (records) => JSON.stringify(records, undefined, 1),
  csv: (records) =>
    csvLine(['description', 'owner']) + records.map((one) => csvLine([one.description, one.owner])).join(''),
}

for (const format of ['ndjson', 'json', 'csv'] as const) {
  test(`any records written as ${format} are read again, wherever the text is cut`, async () => {
    const description = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() !== '')
    const record = fc.record({ description, owner: fc.constantFrom('o-1', undefined) }, { noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), async (records, size) => {
        assert.deepEqual(await read(writers[format](records), format, size), records)
      }),
      { numRuns: 60 },
    )
  })
}

const wrong: readonly [format: FileFormat, text: string, why: string | RegExp][] = [
  ['ndjson', '{"description":"a"}\n{"desc', 'line 2 is not JSON'],
  ['ndjson', '["a"]\n', 'record 1 is not a JSON object'],
  ['ndjson', `{"description":"${'x'.repeat(70_000)}`, 'line 1 is longer than 65536 characters'],
  ['ndjson', '{"description":" "}\n', 'record 1 has no description'],
  ['ndjson', '{"description":"a","owner":7}\n', 'record 1 has an owner that is not a text'],
  ['json', '{"description":"a"}', 'the file is not one JSON array'],
  ['json', '[{"description":"a"}] x', 'the file is not one JSON array'],
  ['json', '[{"description":"a"}', 'the file ends before its JSON array does'],
  ['json', '[{"description":"a"},]', 'a record is not JSON'],
  ['json', '[,{"description":"a"}]', 'a record is not JSON'],
  ['json', `["${'x'.repeat(70_000)}"]`, 'a record is longer than 65536 characters'],
  ['json', '', 'the file ends before its JSON array does'],
  ['csv', 'description,owner\n"a', /Quote Not Closed/],
  ['csv', 'description,owner\na,b,c\n', /Invalid Record Length/],
  ['csv', 'text\na\n', 'record 1 has no description'],
  ['csv', `description\n${'x'.repeat(70_000)}`, /Max Record Size/],
]

for (const [format, text, why] of wrong) {
  test(`${format} ${JSON.stringify(text.slice(0, 40))} is refused: ${String(why)}`, async () => {
    await assert.rejects(read(text, format, 1000), (error) => {
      assert.ok(error instanceof Error)
      if (typeof why === 'string') assert.equal(error.message, `cannot import the file: ${why}`)
      else assert.match(error.message, why)
      return true
    })
  })
}

test('empty files and blank lines are no records; a byte order mark is no text', async () => {
  assert.deepEqual(await read('', 'ndjson'), [])
  assert.deepEqual(await read(' [ ] \n', 'json'), [])
  assert.deepEqual(await read('description\n', 'csv'), [])
  for (const [format, text] of [
    ['ndjson', '\uFEFF{"description":"a"}\n\n'],
    ['json', '\uFEFF[{"description":"a"}]'],
    ['csv', '\uFEFFdescription\na\n'],
  ] as const)
    assert.deepEqual(await read(text, format), [{ description: 'a', owner: undefined }])
})

test('the format is the one asked for, otherwise that of the ending', () => {
  assert.equal(fileFormat('csv', 'x.json'), 'csv')
  assert.equal(fileFormat(undefined, 'x.JSON'), 'json')
  assert.equal(fileFormat(undefined, 'x.jsonl'), 'ndjson')
  assert.equal(fileFormat(undefined, '-'), 'ndjson')
})
