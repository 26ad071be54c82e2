/** A value for each label. Every one is ours, from a table: nothing in it needs escaping. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>

/**
 * One figure for each combination of label values, found without making a text of them: one step for each label, by values
 * that are always the same strings.
 */
export class Series<Name extends string, Figure extends object> {
  readonly #names: readonly Name[]
  readonly #make: () => Figure
  readonly #root: Branch<Figure> = { figure: undefined, below: new Map() }
  readonly #all: { readonly labels: string; readonly figure: Figure }[] = []

  constructor(names: readonly Name[], make: () => Figure) {
    this.#names = names
    this.#make = make
  }

  of(labels: Labels<Name>): Figure {
    let branch = this.#root
    for (const name of this.#names) branch = below(branch, labels[name])
    branch.figure ??= this.#added(labels)
    return branch.figure
  }

  /** In the order in which they were first asked for; labels in Prometheus's form, without braces. */
  all(): readonly { readonly labels: string; readonly figure: Figure }[] {
    return this.#all
  }

  #added(values: Labels<Name>): Figure {
    const labels = this.#names.map((name) => `${name}="${values[name]}"`).join(',')
    const figure = this.#make()
    this.#all.push({ labels, figure })
    return figure
  }
}

interface Branch<Figure> {
  figure: Figure | undefined
  readonly below: Map<string, Branch<Figure>>
}

function below<Figure>(branch: Branch<Figure>, value: string): Branch<Figure> {
  const known = branch.below.get(value)
  if (known !== undefined) return known
  const made: Branch<Figure> = { figure: undefined, below: new Map() }
  branch.below.set(value, made)
  return made
}
