import { isJsonObject, plain } from '../outside-text.js'

export interface Look {
  /** Whether the head of a table is bold. */
  bold: boolean
  /** Width of the terminal; undefined does not cut. */
  columns: number | undefined
}

/** A JSON value for people: a list of objects in columns, an object as one line for each member. */
export function table(value: unknown, look: Look): string {
  if (isJsonObject(value))
    return lines(
      Object.entries(value).map(([name, member]) => [name, cell(member)]),
      look,
    )
  if (!Array.isArray(value)) return `${cell(value)}\n`
  const rows: unknown[] = value
  if (rows.length === 0) return ''
  const objects = rows.filter(isJsonObject)
  if (objects.length < rows.length) return rows.map((row) => `${cell(row)}\n`).join('')
  const names = [...new Set(objects.flatMap((row) => Object.keys(row)))]
  const [head = '', ...body] = lines(
    [names, ...objects.map((row) => names.map((name) => cell(row[name])))],
    look,
  ).split(/(?<=\n)/)
  return (look.bold ? `\u001b[1m${head.trimEnd()}\u001b[22m\n` : head) + body.join('')
}

function lines(rows: readonly (readonly string[])[], { columns }: Look): string {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text.length)
  return rows
    .map(
      (row) =>
        `${cut(
          row
            .map((text, index) => text.padEnd(widths[index] ?? 0))
            .join('  ')
            .trimEnd(),
          columns,
        )}\n`,
    )
    .join('')
}

function cut(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, Math.max(1, columns - 1))}…`
}

/** One line without control characters: what is shown comes from an API and must not drive the terminal. */
function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}
