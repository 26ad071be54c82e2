/** Prometheus's text format, version 0.0.4, for the few kinds of figures that this API has. */

import { type Labels, Series } from './series.js'

/** Something that only grows, told apart by labels. */
export class Counter<Name extends string> {
  readonly #name: string
  readonly #help: string
  readonly #series: Series<Name, { value: number }>

  constructor(name: string, help: string, labels: readonly Name[]) {
    this.#name = name
    this.#help = help
    this.#series = new Series(labels, () => ({ value: 0 }))
  }

  add(labels: Labels<Name>): void {
    this.#series.of(labels).value += 1
  }

  lines(): string[] {
    const rows = this.#series.all().map(({ labels, figure }) => `${this.#name}${braced(labels)} ${figure.value}`)
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
export class Histogram<Name extends string> {
  readonly #name: string
  readonly #help: string
  readonly #series: Series<Name, Distribution>

  constructor(name: string, help: string, labels: readonly Name[]) {
    this.#name = name
    this.#help = help
    this.#series = new Series(labels, () => ({ counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }))
  }

  observe(labels: Labels<Name>, seconds: number): void {
    const distribution = this.#series.of(labels)
    let index = 0
    while (seconds > (bounds[index] ?? Number.POSITIVE_INFINITY)) index += 1
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1
    distribution.sum += seconds
  }

  lines(): string[] {
    const rows = this.#series.all().flatMap(({ labels, figure }) => this.#rows(labels, figure))
    return [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`, ...rows]
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

function braced(series: string): string {
  return series === '' ? '' : `{${series}}`
}
