/** Prometheus's text format, version 0.0.4, for the few kinds of figures that this API has. */

type Labels = Readonly<Record<string, string>>

/** Something that only grows, told apart by labels. */
export class Counter {
  readonly #name: string
  readonly #help: string
  readonly #values = new Map<string, number>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  add(labels: Labels): void {
    const series = textOf(labels)
    this.#values.set(series, (this.#values.get(series) ?? 0) + 1)
  }

  lines(): string[] {
    const rows = [...this.#values].map(([series, value]) => `${this.#name}${braced(series)} ${value}`)
    return [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} counter`, ...rows]
  }
}

/** In seconds. From a look-up in memory to a client that waits too long. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

interface Distribution {
  /** For each bound how many were at most that long and longer than the bound before; the last is for the rest. */
  readonly counts: number[]
  sum: number
}

/** How long something took, told apart by labels. */
export class Histogram {
  readonly #name: string
  readonly #help: string
  readonly #series = new Map<string, Distribution>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  observe(labels: Labels, seconds: number): void {
    const distribution = this.#of(textOf(labels))
    const found = bounds.findIndex((bound) => seconds <= bound)
    const index = found < 0 ? bounds.length : found
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1
    distribution.sum += seconds
  }

  lines(): string[] {
    const rows = [...this.#series].flatMap(([series, distribution]) => this.#rows(series, distribution))
    return [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`, ...rows]
  }

  #of(series: string): Distribution {
    const known = this.#series.get(series)
    if (known !== undefined) return known
    const fresh: Distribution = { counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }
    this.#series.set(series, fresh)
    return fresh
  }

  #rows(series: string, { counts, sum }: Distribution): string[] {
    let total = 0
    const buckets = [...bounds, '+Inf'].map((bound, index) => {
      total += counts[index] ?? 0
      return `${this.#name}_bucket{${series}${series === '' ? '' : ','}le="${bound}"} ${total}`
    })
    return [...buckets, `${this.#name}_sum${braced(series)} ${sum}`, `${this.#name}_count${braced(series)} ${total}`]
  }
}

/** A figure of this moment. */
export function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`]
}

// Every value is one of ours, from a table: nothing in it needs escaping.
function textOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')
}

function braced(series: string): string {
  return series === '' ? '' : `{${series}}`
}
