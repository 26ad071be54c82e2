/** The known word that was most likely meant, if any is near enough: at most two letters and a third of the word apart. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(2, word.replace(/^-+/, '').length / 3 + 0.5)
  const ranked = known.map((name) => ({ name, away: distance(word, name) })).sort((a, b) => a.away - b.away)
  const [best] = ranked
  return best !== undefined && best.away <= limit ? best.name : undefined
}

/** How many letters have to be put in, left out, exchanged or swapped with the next one (Damerau and Levenshtein). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
