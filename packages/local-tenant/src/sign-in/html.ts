/** Text that is HTML already. Only `html` makes it, so nothing gets into a page unescaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Content = Html | string | false | null | readonly Html[]

/** HTML with its values escaped, fit for elements and for attributes in double quotes. `false` and `null` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.map((text, index) => text + contentOf(values[index] ?? null)).join(''))
}

function contentOf(value: Content): string {
  if (value === false || value === null) return ''
  if (value instanceof Html) return value.text
  return typeof value === 'string' ? escaped(value) : value.map(({ text }) => text).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
