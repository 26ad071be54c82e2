import { Failure } from '../failure.js'
import { isJsonObject, parseJson } from '../outside-text.js'
import type { FileFormat } from './file-format.js'

/** A to-do as a file holds it. Other members, for instance the id of an export, are passed over. */
export interface ToDoRecord {
  description: string
  owner: string | undefined
}

const longestRecord = 64 * 1024

/**
 * The records of a text that arrives in pieces, one at a time: the memory it takes does not grow with the text.
 * Throws a `usage` failure that names the first record that is none.
 */
export async function* readRecords(text: AsyncIterable<string>, format: FileFormat): AsyncGenerator<ToDoRecord> {
  let number = 0
  for await (const value of readers[format](text)) {
    number++
    const record = toRecord(value)
    if ('problem' in record) throw unreadable(`record ${number} ${record.problem}`)
    yield record
  }
}

const readers: Readonly<Record<FileFormat, (text: AsyncIterable<string>) => AsyncIterable<unknown>>> = {
  ndjson: fromLines,
  json: fromArray,
  csv: async function* (text) {
    const { fromCsv } = await import('./csv-records.js')
    yield* fromCsv(text, { longestRecord, unreadable })
  },
}

function toRecord(value: unknown): ToDoRecord | { problem: string } {
  if (!isJsonObject(value)) return { problem: 'is not a JSON object' }
  const { description, owner } = value
  if (typeof description !== 'string' || description.trim() === '') return { problem: 'has no description' }
  if (owner !== undefined && owner !== null && typeof owner !== 'string')
    return { problem: 'has an owner that is not a text' }
  return { description, owner: typeof owner === 'string' && owner !== '' ? owner : undefined }
}

async function* fromLines(text: AsyncIterable<string>): AsyncGenerator {
  let rest = ''
  let number = 0
  for await (const piece of text) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestRecord)
      throw unreadable(`line ${number + lines.length + 1} is longer than ${longestRecord} characters`)
    for (const line of lines) yield* oneLine(line, ++number)
  }
  yield* oneLine(rest, number + 1)
}

function* oneLine(line: string, number: number): Generator {
  if (line.trim() === '') return
  const value = parseJson(line.replace(/^\uFEFF/, ''))
  if (value === undefined) throw unreadable(`line ${number} is not JSON`)
  yield value
}

/**
 * The elements of a JSON array of objects. Cuts the text where an element ends, which only needs to know strings and
 * depth, and leaves the grammar to JSON.parse.
 */
async function* fromArray(text: AsyncIterable<string>): AsyncGenerator {
  let element = ''
  let depth = 0
  let inString = false
  let escaped = false
  let state: 'before' | 'inside' | 'after' = 'before'
  for await (const piece of text) {
    for (const letter of piece) {
      if (state !== 'inside') {
        if (/[\s\uFEFF]/.test(letter)) continue
        if (state === 'after' || letter !== '[') throw unreadable('the file is not one JSON array')
        state = 'inside'
        continue
      }
      if (depth === 0 && (letter === ',' || letter === ']')) {
        yield* oneElement(element, letter === ']')
        element = letter === ',' ? ',' : ''
        if (letter === ']') state = 'after'
        continue
      }
      element += letter
      if (element.length > longestRecord) throw unreadable(`a record is longer than ${longestRecord} characters`)
      if (inString) {
        if (escaped) escaped = false
        else if (letter === '\\') escaped = true
        else if (letter === '"') inString = false
      } else if (letter === '"') inString = true
      else if (letter === '{' || letter === '[') depth++
      else if (letter === '}' || letter === ']') depth--
    }
  }
  if (state !== 'after') throw unreadable('the file ends before its JSON array does')
}

/** `element` begins with the comma before it, if there was one: only then may it not be empty. */
function* oneElement(element: string, last: boolean): Generator {
  const text = element.replace(/^,/, '').trim()
  if (text === '' && last && !element.startsWith(',')) return
  const value = parseJson(text)
  if (value === undefined) throw unreadable('a record is not JSON')
  yield value
}

function unreadable(why: string): Failure {
  return new Failure('usage', {
    what: 'cannot import the file',
    why,
    next: 'correct the file; a record has the members description and, for an application, owner',
  })
}
