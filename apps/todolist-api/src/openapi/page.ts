import { createHash } from 'node:crypto'
import type { DescribedRoute, OpenApiDocument } from './document.js'
import { policySentence } from './document.js'

/** The document for people: one page without scripts, that loads nothing from anywhere. */
export function documentPage(document: OpenApiDocument, routes: readonly DescribedRoute[]): string {
  const { title, description } = document.info
  const operations = routes.map((route) => operationOf(route)).join('\n')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(description)}</p>
<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${escaped(document.openapi)}).</p>
${operations}
</html>
`
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8886; border-radius: .5rem; margin: .75rem 0; padding: .5rem 1rem }
summary { cursor: pointer } summary code { font-size: 1rem }
table { border-collapse: collapse } td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }
pre { overflow: auto; background: #8881; padding: .75rem; border-radius: .5rem }
`

/** Lets in this page's own style, by its hash, and nothing else. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function operationOf({ method, url, operation, access, body }: DescribedRoute): string {
  const { summary, description, parameters, success, refusals } = operation
  const answers = [[success.status, success.description], ...Object.entries(refusals)]
  return `<details>
<summary><code>${method} ${escaped(url.replaceAll(/:(\w+)/g, '{$1}'))}</code> ${escaped(summary)}</summary>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
<p>${escaped(policySentence(access))}</p>
${table(
  'Parameters',
  parameters.map((one) => [one.name, one.in, one.description]),
)}
${body === undefined ? '' : `<h3>Body</h3><pre>${escaped(JSON.stringify(body, null, 2))}</pre>`}
${table('Answers', answers)}
</details>`
}

function table(title: string, rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return ''
  const cells = (row: readonly unknown[]) => row.map((cell) => `<td>${prose(String(cell))}</td>`).join('')
  return `<h3>${title}</h3><table>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</table>`
}

/** Escaped, with what stands between backticks, as the document has it, as code. */
function prose(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
