import { createHash } from 'node:crypto'
import { noStore } from '../errors/respond.js'
import type { Answer } from '../listener/call.js'
import { Html, html } from './html.js'
import { style } from './style.js'

export interface Page {
  /** What the page is for; also its heading. */
  readonly title: string
  /** The tenant that the page belongs to. */
  readonly tenantName: string
  readonly content: Html
  /** 200 unless given. */
  readonly status?: number
}

/** A page of the tenant, which works without scripts, loads nothing and stands in no frame. */
export function page({ title, tenantName, content, status = 200 }: Page): Answer {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${tenantName}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<p class="tenant">${tenantName}</p>
<h1>${title}</h1>
${content}
</main>
<footer>A local tenant for development. Nothing here reaches Microsoft.</footer>
</body>
</html>
`
  return { status, headers, text }
}

// A style sheet of ours holds no markup.
const styleSheet = new Html(style)
const styleHash = createHash('sha256').update(style).digest('base64')

const headers = {
  ...noStore,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  readonly value?: string
  readonly autocomplete: string
  readonly autofocus?: boolean
  /** What is wrong with what was entered. */
  readonly error?: string | undefined
}

/** An input with its label, and its error tied to it. */
export function field({ name, label, type, value = '', autocomplete, autofocus = false, error }: Field): Html {
  const described = error === undefined ? null : html` aria-invalid="true" aria-describedby="${name}-error"`
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" required${autofocus && html` autofocus`}${described}>
${error !== undefined && html`<p class="error" id="${name}-error" role="alert">${error}</p>`}
</div>`
}
