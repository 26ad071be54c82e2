import { stringify } from 'yaml'
import { isJsonObject, type JsonObject } from '../outside-text.js'
import { csvLine } from './csv.js'
import type { Format } from './formats.js'
import { type Look, table } from './table.js'

/** The text of a JSON value in a format, with a line break at its end; empty for `none`. */
export function render(value: unknown, format: Exclude<Format, 'json'>, look: Look): string {
  if (value === undefined) return ''
  return renderers[format](value, look)
}

const renderers: Readonly<Record<Exclude<Format, 'json'>, (value: unknown, look: Look) => string>> = {
  ndjson: (value) => (Array.isArray(value) ? value : [value]).map((one) => `${JSON.stringify(one)}\n`).join(''),
  table: (value, look) => table(value, look),
  csv: (value) => csv(value),
  // A number or a date in quotes stays what it is, and no line is folded, so that grep finds it.
  yaml: (value) => stringify(value, { lineWidth: 0 }),
  none: () => '',
}

function csv(value: unknown): string {
  const rows: unknown[] = Array.isArray(value) ? value : [value]
  const objects = rows.filter(isJsonObject)
  if (objects.length < rows.length) return rows.map((row) => csvLine([row])).join('')
  const names = columnsOf(objects)
  if (names.length === 0) return ''
  return csvLine(names) + objects.map((row) => csvLine(names.map((name) => row[name]))).join('')
}

function columnsOf(rows: readonly JsonObject[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}
