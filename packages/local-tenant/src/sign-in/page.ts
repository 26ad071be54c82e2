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
  /** Where forms of the page lead in the end, besides this host. */
  readonly formTargets?: readonly string[]
  /** Whether its form is sent without a click, where scripts are allowed. */
  readonly submitsItself?: boolean
  /** Addresses that it shows in frames. */
  readonly frames?: readonly string[]
  /** Where it goes on to after two seconds. */
  readonly goOn?: string | undefined
  /** A cookie to set. */
  readonly cookie?: string | undefined
}

/** A page of the tenant, which works without scripts, loads nothing and stands in no frame. */
export function page(wanted: Page): Answer {
  const {
    title,
    tenantName,
    content,
    status = 200,
    formTargets = [],
    submitsItself = false,
    frames = [],
    goOn,
    cookie,
  } = wanted
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${
  goOn !== undefined &&
  html`<meta http-equiv="refresh" content="2; url=${goOn}">
`
}<title>${title} · ${tenantName}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<p class="tenant">${tenantName}</p>
<h1>${title}</h1>
${content}
</main>
${submitsItself && script}<footer>A local tenant for development. Nothing here reaches Microsoft.</footer>
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src '${styleSource}'`,
    ...(submitsItself ? [`script-src '${scriptSource}'`] : []),
    ...(frames.length > 0 ? [['frame-src', ...frames.map(sourceOf)].join(' ')] : []),
    // Browsers hold redirects after a form to this too.
    ['form-action', "'self'", ...formTargets.map(sourceOf)].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
  const cookies = cookie === undefined ? {} : { 'set-cookie': cookie }
  return { status, headers: { ...headers, 'content-security-policy': policy, ...cookies }, text }
}

// A style sheet of ours holds no markup.
const styleSheet = new Html(style)
const submit = 'document.forms[0].submit()'
const script = new Html(`<script>${submit}</script>\n`)

const sourceOfText = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
const [styleSource, scriptSource] = [sourceOfText(style), sourceOfText(submit)]

/** An address as a source of a content security policy: its origin, or the scheme of an application on the device. */
function sourceOf(address: string): string {
  const { origin, protocol } = new URL(address)
  return origin === 'null' ? protocol : origin
}

const headers = {
  ...noStore,
  'content-type': 'text/html; charset=utf-8',
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
  /** It has to be filled in unless this is false. */
  readonly required?: boolean
  readonly readOnly?: boolean
  /** What is wrong with what was entered. */
  readonly error?: string | undefined
}

/** An input with its label, and its error tied to it. */
export function field(wanted: Field): Html {
  const {
    name,
    label,
    type,
    value = '',
    autocomplete,
    autofocus = false,
    required = true,
    readOnly = false,
    error,
  } = wanted
  const described = error === undefined ? null : html` aria-invalid="true" aria-describedby="${name}-error"`
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}"${required && html` required`}${readOnly && html` readonly`}${autofocus && html` autofocus`}${described}>
${error !== undefined && html`<p class="error" id="${name}-error" role="alert">${error}</p>`}
</div>`
}
