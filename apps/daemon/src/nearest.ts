/**
 * The known name that begins with `name`, or is reached from it with the fewest changed letters; undefined when that
 * would be more than a third of them (one may always change): a far guess misleads.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    steps: Math.min(
      editSteps(name.toLowerCase(), candidate.toLowerCase()),
      isBeginning(name, candidate) ? 1 : Number.POSITIVE_INFINITY,
    ),
  }))
  ranked.sort((a, b) => a.steps - b.steps)
  const limit = Math.max(1, Math.floor(name.length / 3))
  return ranked.find(({ steps }) => steps <= limit)?.candidate
}

function isBeginning(name: string, candidate: string): boolean {
  return name.length > 2 && candidate.toLowerCase().startsWith(name.toLowerCase())
}

// Levenshtein distance, one row at a time.
function editSteps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  // What is longer than any name is no misspelling of one.
  for (const [index, letter] of from.slice(0, 64).split('').entries()) {
    const above = row
    row = [index + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = cell(above, column - 1) + (letter === to[column - 1] ? 0 : 1)
      row.push(Math.min(replaced, cell(above, column) + 1, cell(row, column - 1) + 1))
    }
  }
  return cell(row, to.length)
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
