export const formats = ['json', 'ndjson', 'table', 'csv', 'yaml', 'none'] as const

export type Format = (typeof formats)[number]

export function isFormat(text: string): text is Format {
  return formats.some((format) => format === text)
}
