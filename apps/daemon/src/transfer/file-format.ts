import { extname } from 'node:path'

export type FileFormat = 'ndjson' | 'json' | 'csv'

const byEnding: Readonly<Record<string, FileFormat>> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  '.csv': 'csv',
}

/** The format asked for, or the one that the file's ending tells; ndjson where it tells nothing, as for stdin. */
export function fileFormat(asked: string | undefined, file: string): FileFormat {
  return byEnding[asked === undefined ? extname(file).toLowerCase() : `.${asked}`] ?? 'ndjson'
}
