import { GraphRefusal } from '../errors.js'

/** The words of a `$filter`. `at` is where it stands in the text, for whoever has to find a mistake. */
export type Token = { readonly at: number } & (
  | { readonly kind: 'name' | 'string' | 'guid' | 'time' | 'mark'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'end'; readonly text: '' }
)

/** In this order: a GUID may begin with digits, and a time is made of them. */
const forms: readonly [kind: 'guid' | 'time' | 'number' | 'string' | 'name' | 'mark', form: RegExp][] = [
  ['guid', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/iy],
  ['time', /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)/iy],
  ['number', /-?\d{1,9}(?![\w.])/y],
  ['string', /'(?:[^']|'')*'/y],
  ['name', /\$?[A-Za-z_]\w*(?:\/\$?[A-Za-z_]\w*)*/y],
  ['mark', /[(),:]/y],
]

const maxTokens = 500

/** Takes a `$filter` apart. Throws GraphRefusal. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = spaceFrom(text, 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    if (tokens.length >= maxTokens) throw invalidFilter(`There are more than ${maxTokens} words in the clause.`)
    tokens.push(token)
    at = spaceFrom(text, at + (token.kind === 'string' ? rawLength(text, at) : token.text.length))
  }
  return [...tokens, { kind: 'end', text: '', at }]
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, form] of forms) {
    form.lastIndex = at
    const [found] = form.exec(text) ?? []
    if (found === undefined) continue
    if (kind === 'number') return { kind, text: found, value: Number(found), at }
    return { kind, text: kind === 'string' ? found.slice(1, -1).replaceAll("''", "'") : found, at }
  }
  if (text[at] === "'") {
    throw invalidFilter(`There is an unterminated string literal at position ${text.length} in '${short(text)}'.`)
  }
  throw invalidFilter(`Syntax error: character '${text[at]}' is not valid at position ${at} in '${short(text)}'.`)
}

function rawLength(text: string, at: number): number {
  const form = /'(?:[^']|'')*'/y
  form.lastIndex = at
  return form.exec(text)?.[0].length ?? 0
}

function spaceFrom(text: string, at: number): number {
  const space = /\s*/y
  space.lastIndex = at
  return at + (space.exec(text)?.[0].length ?? 0)
}

const short = (text: string) => text.slice(0, 120)

export function invalidFilter(why: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', `Invalid filter clause: ${why}`)
}

export function syntaxError(text: string, at: number): GraphRefusal {
  return invalidFilter(`Syntax error at position ${at} in '${short(text)}'.`)
}
