import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { Failure } from '../failure.js'
import { plain } from '../outside-text.js'

/** The records of a CSV text (RFC 4180) as objects named by its first line. */
export async function* fromCsv(
  text: AsyncIterable<string>,
  { longestRecord, unreadable }: { longestRecord: number; unreadable: (why: string) => Failure },
): AsyncGenerator {
  const parser = parse({ bom: true, columns: true, skip_empty_lines: true, max_record_size: longestRecord })
  const source = Readable.from(text)
  // A failed source must end the parser too, or its reader would wait for ever.
  source.on('error', (error) => parser.destroy(error))
  try {
    for await (const record of source.pipe(parser)) yield record
  } catch (error) {
    if (error instanceof CsvError) throw unreadable(plain(error.message))
    throw error
  } finally {
    source.destroy()
  }
}
